import { expect, test } from 'vitest'
import { AppError } from '../../core/foundation/appError'
import type { ImportEvent } from '../../worker/protocol'
import { openProject } from '../session/openProject'
import type { Studio } from '../studio'
import { emptyDisk, openStudio, patchRecord } from '../studio.testing'
import { importFiles } from './files'

const FILE = { path: 'x', file: new Blob(['x']) }

const archive: ImportEvent = {
  kind: 'archive',
  path: 'a.scarp.zip',
  file: FILE.file,
  summary: { name: 'A', patches: 1, verdicts: 0, steps: 0, rounds: 0, models: 0, bytes: 1 },
}

/** A studio whose files worker reports these events and then ends, or fails, with a patch more on the disk for each added. */
async function importing(events: ImportEvent[], failure?: AppError): Promise<Studio> {
  const disk = emptyDisk([])
  const studio = openStudio(disk)
  await openProject(studio)
  const draw = studio.files.call
  const call = async (
    method: string,
    request: never,
    options: { onEvent(event: ImportEvent): void },
  ): Promise<unknown> => {
    if (method !== 'import') return draw(method as never, request)
    for (const event of events) {
      if (event.kind === 'added') disk.patches = [...disk.patches, patchRecord(event.patchId)]
      options.onEvent(event)
    }
    if (failure) throw failure
    return { added: [] }
  }
  studio.files = { call, terminate: () => undefined } as unknown as Studio['files']
  await importFiles(studio, [FILE])
  return studio
}

const added = (patchId: string, ...remarks: string[]): ImportEvent => ({
  kind: 'added',
  patchId,
  path: `${patchId}.h5`,
  remarks,
})

test('patches come into the list with what was remarked and refused', async () => {
  const studio = await importing([
    added('p1', 'Taken as raw values.'),
    { kind: 'refused', path: 'b.h5', code: 'file-malformed', message: 'Damaged.' },
    { kind: 'remark', path: 'c.h5', message: 'Left out.' },
  ])
  const state = studio.store.getState()
  expect(state.patches.list.map(({ id }) => id)).toEqual(['p1'])
  expect(state.view.selectedId).toBe('p1')
  expect(state.patches.importOutcome).toEqual({
    added: 1,
    models: [],
    remarks: [
      { path: 'p1.h5', message: 'Taken as raw values.' },
      { path: 'c.h5', message: 'Left out.' },
    ],
    refused: [{ path: 'b.h5', code: 'file-malformed', message: 'Damaged.' }],
  })
})

test('an import that was cancelled or failed shows what it took until then', async () => {
  for (const failure of [new AppError('aborted', 'Cancelled.'), new AppError('storage-full', 'No room.')]) {
    const studio = await importing([added('p1')], failure)
    const state = studio.store.getState()
    expect(state.patches.list.map(({ id }) => id)).toEqual(['p1'])
    expect(state.patches.importOutcome).toMatchObject({ added: 1 })
    expect(state.shell.notices).toHaveLength(1)
  }
})

test('an archive is offered, and no empty report comes with it', async () => {
  const studio = await importing([archive])
  expect(studio.store.getState()).toMatchObject({
    shell: { dialog: 'open-archive' },
    session: { archive: { path: 'a.scarp.zip', summary: { name: 'A' } } },
    patches: { importOutcome: null },
  })
  const both = await importing([archive, added('p1')])
  expect(both.store.getState()).toMatchObject({
    shell: { dialog: 'open-archive' },
    patches: { importOutcome: { added: 1 } },
  })
})

test('where nothing was found, it says so', async () => {
  const studio = await importing([])
  const { patches, shell } = studio.store.getState()
  expect(shell.notices.map(({ message }) => message)).toEqual([
    expect.stringContaining('No patches or models found'),
  ])
  expect(patches.importOutcome).toBeNull()
})
