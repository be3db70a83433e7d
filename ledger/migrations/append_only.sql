-- What the database itself says no to, whoever asks.
CREATE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % is not allowed', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;

-- A person's words may be erased, text and salt together; their digests and all else stay as they are.
CREATE FUNCTION ledger_entry_allow_erasing_only() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    erasable CONSTANT text[] := ARRAY['reason', 'reason_salt', 'note', 'note_salt', 'metadata', 'metadata_salt'];
BEGIN
    IF to_jsonb(NEW) - erasable = to_jsonb(OLD) - erasable
        AND (NEW.reason IS NULL AND NEW.reason_salt IS NULL
             OR (NEW.reason, NEW.reason_salt) IS NOT DISTINCT FROM (OLD.reason, OLD.reason_salt))
        AND (NEW.note IS NULL AND NEW.note_salt IS NULL
             OR (NEW.note, NEW.note_salt) IS NOT DISTINCT FROM (OLD.note, OLD.note_salt))
        AND (NEW.metadata IS NULL AND NEW.metadata_salt IS NULL
             OR (NEW.metadata, NEW.metadata_salt) IS NOT DISTINCT FROM (OLD.metadata, OLD.metadata_salt))
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is append-only: % is not allowed', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;

-- An entry follows the one before: no gap in the sequence, balance = balance before + amount, and so for what is held.
CREATE FUNCTION ledger_entry_require_predecessor() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    balance_before bigint := 0;
    held_before bigint := 0;
BEGIN
    IF NEW.sequence > 1 THEN
        SELECT balance, held INTO balance_before, held_before
        FROM ledger_entry WHERE account_id = NEW.account_id AND sequence = NEW.sequence - 1;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'account % has no entry %', NEW.account_id, NEW.sequence - 1 USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    IF NEW.balance <> balance_before + NEW.amount OR NEW.held <> held_before + NEW.held_change THEN
        RAISE EXCEPTION 'entry % of account % does not add up', NEW.sequence, NEW.account_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER ledger_entry_follows BEFORE INSERT ON ledger_entry
    FOR EACH ROW EXECUTE FUNCTION ledger_entry_require_predecessor();
CREATE TRIGGER ledger_entry_no_update BEFORE UPDATE ON ledger_entry
    FOR EACH ROW EXECUTE FUNCTION ledger_entry_allow_erasing_only();
CREATE TRIGGER ledger_entry_no_delete BEFORE DELETE OR TRUNCATE ON ledger_entry
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();

-- The accounts' rows are updated in place by every entry: leave room beside them.
ALTER TABLE ledger_account SET (fillfactor = 60);
