DROP TRIGGER audit_act_unsealed ON audit_act;
DROP TRIGGER audit_act_no_delete ON audit_act;
DROP TRIGGER audit_act_no_update ON audit_act;
DROP FUNCTION audit_act_await_seal();
DROP FUNCTION audit_act_allow_counting_only();
