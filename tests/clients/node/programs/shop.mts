// A program with the types of @walletpro/types, for the running service.
import type { ApiError, Movement, paths, RedemptionCode, Transaction, Wallet, wcStoreV1 } from "@walletpro/types";

declare const process: { env: Record<string, string> };
const { HTTP, CONSUMER_KEY, CONSUMER_SECRET } = process.env;

type Json<Response> = Response extends { content: { "application/json": infer Body } } ? Body : never;
type Page = Json<paths["/transactions"]["get"]["responses"][200]>;
type Credit = paths["/wallets/{id}/credit"]["post"];
type CreditBody = NonNullable<Credit["requestBody"]>["content"]["application/json"];
type Balance = Json<wcStoreV1.paths["/walletpro/balance"]["get"]["responses"][200]>;
type Code = RedemptionCode["code"];

const headers = { Authorization: `Basic ${btoa(`${CONSUMER_KEY}:${CONSUMER_SECRET}`)}`, "Content-Type": "application/json" };

async function call<Answer>(path: string, body?: object): Promise<Answer> {
  const method = body ? "POST" : "GET";
  const response = await fetch(`${HTTP}/wp-json/walletpro/v1${path}`, { method, headers, body: JSON.stringify(body) });
  if (!response.ok) throw (await response.json()) as ApiError;
  return response.json() as Promise<Answer>;
}

const before = await call<Wallet>("/wallets/42");
const asked: CreditBody = { amount: "250", reason: "3% cashback", type: "cashback" };
const credit = await call<Movement>("/wallets/42/credit", asked);
const page = await call<Page>("/transactions?wallet_id=42&type=cashback&per_page=2");
const newest: Transaction | undefined = page.data[0];
const refused: ApiError = await call<Movement>("/wallets/42/debit", { amount: "999999999", reason: "x" }).then(
  () => Promise.reject(new Error("it was let through")),
  (error: ApiError) => error,
);
const requested: string | undefined = refused.data.requested;
const balance: Balance["balance"] = credit.balance_after;
const code: Code = "SUMMER-A3KF92M7WQXT";
console.log(
  JSON.stringify({
    gained: BigInt(balance) - BigInt(before.balance) === 250n,
    newest: newest?.id === credit.transaction_id,
    rows: page.data.length,
    refused: [refused.code, requested],
    code,
  }),
);
