// Made by `make clients` from docs/openapi; do not edit.
// sha256:6a4a75882d5685c1e4317f165436ffda80e87cc29cf0c9bbaecb2140df8626b1

export * as cmmpexapiV1 from "./cmmpexapi-v1";
export * from "./walletpro-v1";
export * as wcStoreV1 from "./wc-store-v1";
export * as wkwc_walletV1 from "./wkwc_wallet-v1";
export * as wkwpWalletV1 from "./wkwp-wallet-v1";

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
