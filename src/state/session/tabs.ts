/** What tabs of one project tell each other. `from` and `to` are tabs' ids. */
export type TabMessage = { from: string } & (
  | { kind: 'hello' }
  /** The tab that has the project says so: to a hello, and after a hand-over. */
  | { kind: 'here' }
  /** `force`: hand over without asking the person, as nobody answered. */
  | { kind: 'ask'; force: boolean }
  | { kind: 'withdrawn' }
  | { kind: 'handing-over'; to: string }
  | { kind: 'handed-over'; to: string }
  | { kind: 'denied'; to: string; reason: string }
  /** Records changed on disk; rasters of these patches, too. */
  | { kind: 'changed'; patchIds: string[] }
  /** Another project took the place of this one: open it anew. */
  | { kind: 'replaced' }
)

/** The right to change the project, while this tab has it. */
export interface Hold {
  release(): void
  /** Resolves when the right is gone: given back, or taken by another tab. */
  gone: Promise<void>
}

/** The tabs of one project on this machine: one of them holds it, and all of them hear each other. */
export interface Tabs {
  /** This tab's. */
  readonly id: string
  post(message: TabMessage): void
  /** @returns stops listening */
  listen(listener: (message: TabMessage) => void): () => void
  /**
   * Waits for its turn, or takes the project from whoever has it.
   * @throws AbortError once the signal fires before the turn came.
   */
  acquire(options: { steal: boolean; signal?: AbortSignal }): Promise<Hold>
  /** Asks the browser: a tab that was frozen may have lost the project without hearing of it yet. */
  isHolder(): Promise<boolean>
}
