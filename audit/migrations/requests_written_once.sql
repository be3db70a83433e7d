-- A logged request is written once; it is deleted when its time is over.
CREATE TRIGGER audit_requestlog_no_update BEFORE UPDATE ON audit_requestlog
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
