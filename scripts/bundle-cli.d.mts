/** Bundles src/cli/main.ts where it is older than the source; the bundle's path. */
export function bundleCommandLine(root: string): Promise<string>
