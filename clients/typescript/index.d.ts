// Made by `make clients` from docs/openapi; do not edit.
// sha256:d826f8eb975dc1c2665891f228cd37ee5f40bdbe3451188b91e42c410b29e741

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
