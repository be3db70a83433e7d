// Made by `make clients` from docs/openapi; do not edit.
// sha256:820d1b9d998682ae7c6c42b0b9f195333a995e7b87fd9aca3a918cb7dc0bd635

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
