import type { Wallet, Transaction, RedemptionCode } from '@walletpro/types';
async function getMyWallet(): Promise<Wallet> {
const res = await fetch('/wp-json/walletpro/v1/wallets/me', {
headers: { 'X-WP-Nonce': wpApiSettings.nonce },
credentials: 'include',
});
if (!res.ok) throw new Error(await res.text());
return res.json() as Promise<Wallet>;
}
