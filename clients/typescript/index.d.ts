// Made by `make clients` from docs/openapi; do not edit.
// sha256:1ba849e279cc1cabb7bac816ac9075ea02860f2780b2e116f0b96bbff1f27f19

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
