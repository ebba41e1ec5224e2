declare module 'vitest/internal/browser' {
  interface BrowserCommands {
    /** The parity cases on the machine that runs the browser; none where the fixtures are absent. */
    parityCases(): Promise<{ name: string; caseJson: string }[]>
    /** A listed case's files in base64, by name; up to 16 MB. */
    parityFiles(name: string): Promise<Record<string, string>>
  }
}

export declare const parityCommands: {
  parityCases(): Promise<{ name: string; caseJson: string }[]>
  parityFiles(context: unknown, name: string): Promise<Record<string, string>>
}
