// Made by `make clients` from docs/openapi; do not edit.
// sha256:d38287e560f7545b8e02268991867853307d78a63e38009b24ed0998b9516cb7

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
