/** Electron's fuses as the packaged console has them (docs/THREATS.md A8); the names are those of @electron/fuses. */
export const FUSES = Object.freeze({
  /** Otherwise the binary is a Node for whoever sets ELECTRON_RUN_AS_NODE. */
  RunAsNode: false,
  EnableCookieEncryption: true,
  EnableNodeOptionsEnvironmentVariable: false,
  EnableNodeCliInspectArguments: false,
  /** macOS and Windows check the archive against a hash in the binary; on Linux the fuse has no effect yet. */
  EnableEmbeddedAsarIntegrityValidation: true,
  OnlyLoadAppFromAsar: true,
  LoadBrowserProcessSpecificV8Snapshot: false,
  /** The page comes by its own scheme, so file: needs no privileges. */
  GrantFileProtocolExtraPrivileges: false,
} as const);
