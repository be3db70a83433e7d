DROP TRIGGER ledger_entry_no_delete ON ledger_entry;
DROP TRIGGER ledger_entry_no_update ON ledger_entry;
DROP TRIGGER ledger_entry_follows ON ledger_entry;
DROP FUNCTION ledger_entry_require_predecessor();
DROP FUNCTION ledger_entry_allow_erasing_only();
DROP FUNCTION ledger_refuse_change();
ALTER TABLE ledger_account RESET (fillfactor);
