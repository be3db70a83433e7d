// Made by `make clients` from docs/openapi; do not edit.
// sha256:1fd7a4cecd9354831e7b1ffc3ad224c13cbe4aaea5909b1ff0c88ef33d453815

export * from "./walletpro-v1";
export * as wcStoreV1 from "./wc-store-v1";

declare global {
  /** What the service's pages, like WordPress's, hand to their scripts. */
  interface WpApiSettings {
    /** The API's root, with a slash at the end. */
    root: string;
    /** For the header X-WP-Nonce; empty where nobody is signed in. */
    nonce: string;
  }
  var wpApiSettings: WpApiSettings;
}
