-- How an endpoint stands at this moment. A statement that had to wait for a lock sees the tables as they were before it
-- waited; what a function that is VOLATILE reads is as it is committed by then.
CREATE FUNCTION webhooks_endpoint_now(wanted bigint) RETURNS TABLE (revision bigint, is_on boolean, failing_since timestamptz)
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    RETURN QUERY SELECT endpoint.revision, endpoint.status = 'active' AND endpoint.removed_at IS NULL, endpoint.failing_since
    FROM webhooks_endpoint endpoint WHERE endpoint.id = wanted;
END
$$;
