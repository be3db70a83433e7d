DROP FUNCTION webhooks_endpoint_now(bigint);
