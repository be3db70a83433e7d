DROP TRIGGER ledger_signingkey_no_change ON ledger_signingkey;
DROP TRIGGER ledger_checkpoint_no_change ON ledger_checkpoint;
DROP TRIGGER ledger_leaf_no_change ON ledger_leaf;
