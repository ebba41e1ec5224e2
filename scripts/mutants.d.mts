export interface Mutant {
  kind: string
  start: number
  end: number
  text: string
  line: number
  from: string
  to: string
}
export function mutantsOf(code: string): Mutant[]
export function mutated(code: string, mutant: Pick<Mutant, 'start' | 'end' | 'text'>): string
export function probed(code: string, mutants: readonly Mutant[], hits: string, first: number): string
