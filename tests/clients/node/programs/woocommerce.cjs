// @woocommerce/woocommerce-rest-api as its README shows it.
const WooCommerceRestApi = require("@woocommerce/woocommerce-rest-api").default;

const env = process.env;
const client = (consumerSecret) =>
  new WooCommerceRestApi({
    url: env.URL,
    consumerKey: env.CONSUMER_KEY,
    consumerSecret,
    version: "walletpro/v1",
    queryStringAuth: env.IN_QUERY === "yes",
  });

async function main() {
  const shop = client(env.CONSUMER_SECRET);
  const wallets = await shop.get("wallets", { per_page: 1, orderby: "created", order: "desc" });
  const second = await shop.get("wallets", { per_page: 1, orderby: "created", order: "desc", page: 2 });
  const credit = await shop.post("wallets/42/credit", { amount: "1000", reason: "Loyalty reward" });
  const wrong = await client("cs_wrong").get("wallets").catch((error) => error.response);
  return {
    wallets: [...wallets.data.data, ...second.data.data].map((wallet) => wallet.id).sort((one, other) => other - one),
    pages: wallets.headers["x-wp-totalpages"],
    credit: [credit.status, credit.data.amount, credit.data.type],
    wrong: [wrong.status, wrong.data.code],
  };
}

main().then(
  (said) => console.log(JSON.stringify(said)),
  (error) => {
    console.error(error.message, error.response?.data);
    process.exit(1);
  },
);
