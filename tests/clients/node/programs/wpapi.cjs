// npm's wpapi builds itself from the discovery index; an application password is sent with its spaces in.
const WPAPI = require("wpapi");

const env = process.env;

async function main() {
  const site = await WPAPI.discover(env.HTTP);
  const root = await site.root("").get();
  const auth = { username: "customer", password: env.APPLICATION_PASSWORD };
  const wallet = site.namespace("walletpro/v1");
  const me = await wallet.wallets().me().auth(auth).get();
  const page = await wallet.transactions().perPage(1).auth(auth).get();
  const second = await page._paging.next.auth(auth).get();
  const wrong = await wallet.wallets().me().auth({ ...auth, password: "wrong" }).get().catch((error) => error);
  return {
    namespaces: root.namespaces,
    me: me.id,
    page: [page.data.length, page._paging.totalPages > 1],
    second: second.data.length,
    wrong: wrong.code,
  };
}

main().then(
  (said) => console.log(JSON.stringify(said)),
  (error) => {
    console.error(error.message, error.response?.data);
    process.exit(1);
  },
);
