/** Bundles src/cli/main.ts where it is older than the source; the bundle's path. */
export function bundleCommandLine(root: string): Promise<string>

/** Bundles programs that run in Node (name of the bundle -> entry) to dist/<name>; the first bundle's path. */
export function bundleForNode(root: string, name: string, programs: Record<string, string>): Promise<string>
