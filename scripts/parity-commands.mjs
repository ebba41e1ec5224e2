// What tests in Chromium ask of their server, since a page cannot read the folder beside the repository.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** More than any small case: a case goes to the page in one message. */
const LARGEST_CASE = 16 * 1024 * 1024

const folder = join(process.env.SCARP_SHARED ?? resolve('..', 'shared'), 'parity')

function caseNames() {
  const names = existsSync(folder) ? readdirSync(folder) : []
  return names.filter(name => existsSync(join(folder, name, 'case.json'))).sort()
}

export const parityCommands = {
  parityCases: async () =>
    caseNames().map(name => ({ name, caseJson: readFileSync(join(folder, name, 'case.json'), 'utf8') })),

  parityFiles: async (_context, name) => {
    if (!caseNames().includes(name)) throw new Error(`There is no parity case "${name}".`)
    const files = readdirSync(join(folder, name)).map(file => [file, readFileSync(join(folder, name, file))])
    const size = files.reduce((sum, [, bytes]) => sum + bytes.byteLength, 0)
    if (size > LARGEST_CASE) throw new Error(`The parity case "${name}" is too large for a page.`)
    return Object.fromEntries(files.map(([file, bytes]) => [file, bytes.toString('base64')]))
  },
}
