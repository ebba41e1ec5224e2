export function findBrowser(): string | null
export function chromiumFlags(): string[]
export function chromiumLaunchOptions(): { executablePath?: string; args: string[] }
