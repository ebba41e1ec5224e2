export const EQUIVALENT: readonly { file: string; from: string; to: string; why: string }[]
