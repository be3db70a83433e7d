// Made by `make clients` from docs/openapi; do not edit.
// sha256:0318aec1d157713a5726de2830d25655f615fcf03bfca3bfdf041ee79c94c954

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
