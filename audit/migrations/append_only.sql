-- Rows are written once. What is counted by the minute may rise, with its MAC, until the minute is over and one more has
-- passed: by then (audit.sealing) it may have been sealed. The row is locked when this looks at the clock.
CREATE FUNCTION audit_act_allow_counting_only() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    rising CONSTANT text[] := ARRAY['count', 'version', 'key_id', 'mac'];
BEGIN
    IF OLD.minute IS NOT NULL AND clock_timestamp() < OLD.minute + interval '2 minutes'
        AND NEW.count >= OLD.count AND to_jsonb(NEW) - rising = to_jsonb(OLD) - rising
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is append-only: % is not allowed', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;

-- In the row's own transaction, so that a row that commits late waits for its seal like any other.
CREATE FUNCTION audit_act_await_seal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO audit_unsealed (act_id) VALUES (NEW.id);
    RETURN NULL;
END $$;

CREATE TRIGGER audit_act_no_update BEFORE UPDATE ON audit_act
    FOR EACH ROW EXECUTE FUNCTION audit_act_allow_counting_only();
CREATE TRIGGER audit_act_no_delete BEFORE DELETE OR TRUNCATE ON audit_act
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER audit_act_unsealed AFTER INSERT ON audit_act
    FOR EACH ROW EXECUTE FUNCTION audit_act_await_seal();
