-- What was sealed and signed stays as it is.
CREATE TRIGGER ledger_leaf_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_leaf
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_checkpoint_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_checkpoint
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_signingkey_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_signingkey
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
