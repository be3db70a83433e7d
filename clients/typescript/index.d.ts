// Made by `make clients` from docs/openapi; do not edit.
// sha256:49f22bbaa70b9e45239e605fdee11999176db5cce9e5c53cd02a1247a06510f0

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
