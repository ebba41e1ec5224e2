import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type ParityCase, readParityCase } from './parityCase'

/** Beside the repository, or under SCARP_SHARED. */
const PARITY_FOLDER = join(process.env.SCARP_SHARED ?? resolve('..', 'shared'), 'parity')

/** Every case of the fixtures on this machine; says that there are none where they are absent. */
export function parityCaseNames(): string[] {
  const names = existsSync(PARITY_FOLDER) ? readdirSync(PARITY_FOLDER) : []
  const cases = names.filter(name => existsSync(join(PARITY_FOLDER, name, 'case.json'))).sort()
  if (cases.length === 0)
    console.warn(`Parity fixtures are absent (${PARITY_FOLDER}): their tests do not run.`)
  return cases
}

/** True where the case's fixtures are on this machine; warns of what is missing where not. */
export function parityCaseExists(name: string): boolean {
  const present = existsSync(join(PARITY_FOLDER, name, 'case.json'))
  if (!present)
    console.warn(`Parity fixtures of "${name}" are absent (${PARITY_FOLDER}): its test does not run.`)
  return present
}

/** case.json and the tensors of a case, by file name. */
export function parityFiles(name: string): Record<string, Uint8Array> {
  const folder = join(PARITY_FOLDER, name)
  return Object.fromEntries(
    readdirSync(folder).map(file => [file, readFileSync(join(folder, file))] as const),
  )
}

export function parityCase(name: string): Promise<ParityCase> {
  return readParityCase(parityFiles(name))
}
