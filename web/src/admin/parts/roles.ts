// Roles in the order in which people read them, and which kinds of organisation may hold them (as in the policy
// of the server, which decides).
export const ROLES = ['clerk', 'manager', 'dispatcher', 'driver', 'scale', 'receiver_manager', 'department', 'town', 'inspector', 'office', 'system_admin', 'security_admin', 'audit_admin']

/** Permissions that a client may hand to an agent. */
export const DELEGABLE = [
  'workbench_read', 'catalogue_read', 'directory_read', 'registry_read', 'registry_write_own', 'stock_read', 'trace_read', 'generation_write', 'storage_write', 'treatment_write', 'manifest_read', 'manifest_draft',
  'manifest_sign_consignor', 'manifest_return', 'manifest_void', 'manifest_carrier_write', 'manifest_sign_carrier', 'manifest_arrive', 'manifest_receiver_write', 'manifest_sign_receiver', 'proof_read', 'import_run', 'export_run',
]
