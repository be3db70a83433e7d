// Made by `make clients` from docs/openapi; do not edit.
// sha256:adb2d406ac46e19b3197e1be0c425650f58b70c28dbd538fb9d9e15804a3deca

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
