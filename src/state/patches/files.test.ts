import { expect, test } from 'vitest'
import { AppError, throwIfAborted } from '../../core/foundation/appError'
import type { FileNote, NoteReason } from '../../core/raster/fileNote'
import type { ImportEvent } from '../../worker/protocol'
import { isAvailable } from '../command'
import { commandById } from '../commandList'
import { openProject } from '../session/openProject'
import type { Studio } from '../studio'
import { emptyDisk, openStudio, patchRecord } from '../studio.testing'
import { importAgain, importFiles, importWithScale } from './files'

const FILE = { path: 'x', file: new Blob(['x']) }

const archive: ImportEvent = {
  kind: 'archive',
  path: 'a.scarp.zip',
  file: FILE.file,
  summary: { name: 'A', patches: 1, verdicts: 0, steps: 0, rounds: 0, models: 0, bytes: 1 },
}

type Call = (
  method: string,
  request: unknown,
  options: { onEvent(event: ImportEvent): void },
) => Promise<unknown>

/** A studio whose files worker reports these events and then ends, or fails; each patch added lies on the disk. */
async function importing(events: ImportEvent[], failure?: AppError): Promise<Studio> {
  const disk = emptyDisk([])
  const studio = openStudio(disk)
  await openProject(studio)
  const draw = studio.files.call as unknown as Call
  const call: Call = async (method, request, options) => {
    if (method !== 'import') return draw(method, request, options)
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

const scaleNote = (message: string, reason: NoteReason = 'value-scale'): FileNote => ({ reason, message })

const added = (patchId: string, ...remarks: FileNote[]): ImportEvent => ({
  kind: 'added',
  patchId,
  path: `${patchId}.h5`,
  replaced: false,
  remarks,
  scaleInDoubt: false,
})

test('files in dropped folders are found as part of the import, which can be cancelled meanwhile', async () => {
  const studio = await importing([])
  const calls: unknown[] = []
  studio.files = {
    call: async (method: string, request: unknown) => {
      calls.push([method, request])
      return { added: [] }
    },
    terminate: () => undefined,
  } as unknown as Studio['files']
  await importFiles(studio, async ({ signal, onProgress }) => {
    onProgress({ label: 'Listing files, 200', done: 0, total: 0, rate: 0, etaSeconds: null })
    expect(studio.store.getState().shell.jobs.import?.progress?.label).toBe('Listing files, 200')
    studio.jobs.cancel('import')
    throwIfAborted(signal)
    return [FILE]
  })
  expect(calls).toEqual([])
  expect(studio.store.getState().shell.notices.at(-1)?.message).toContain('Import cancelled.')
  await importFiles(studio, async () => [FILE])
  expect(calls).toEqual([['import', { files: [FILE], domain: 'auto' }]])
})

test('patches come into the list with what was remarked and refused', async () => {
  const studio = await importing([
    added('p1', scaleNote('Taken as raw values.')),
    { kind: 'refused', path: 'b.h5', code: 'file-malformed', message: 'Damaged.' },
    { kind: 'remark', path: 'c.h5', reason: 'duplicate', message: 'Left out.' },
  ])
  const state = studio.store.getState()
  expect(state.shell.dialog).toBe('import-report')
  expect(state.patches.list.map(({ id }) => id)).toEqual(['p1'])
  expect(state.view.selectedId).toBe('p1')
  expect(state.patches.importOutcome).toEqual({
    added: 1,
    masks: [],
    models: [],
    remarks: [
      { path: 'p1.h5', reason: 'value-scale', message: 'Taken as raw values.' },
      { path: 'c.h5', reason: 'duplicate', message: 'Left out.' },
    ],
    refused: [{ path: 'b.h5', code: 'file-malformed', message: 'Damaged.' }],
    files: [FILE],
    images: [{ path: 'p1.h5', patchId: 'p1', scaleInDoubt: false }],
  })
})

test('an import that was cancelled or failed shows what it took until then', async () => {
  for (const failure of [new AppError('aborted', 'Cancelled.'), new AppError('storage-full', 'No room.')]) {
    const studio = await importing([added('p1')], failure)
    const state = studio.store.getState()
    expect(state.patches.list.map(({ id }) => id)).toEqual(['p1'])
    expect(state.patches.importOutcome).toMatchObject({ added: 1 })
    expect(state.shell.notices).toHaveLength(2)
    expect(state.shell.notices[1]).toMatchObject({ message: '1 patch added.' })
  }
})

test('where all is normal no report is put in the way, and it can be opened all the same', async () => {
  const studio = await importing([added('p1', scaleNote('Taken as raw values.'))])
  const state = studio.store.getState()
  expect(state.shell).toMatchObject({ dialog: null, notices: [{ message: '1 patch added.' }] })
  expect(isAvailable(state, commandById('import-report'))).toBe(true)
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
    expect.stringContaining('No scenes, patches or models found'),
  ])
  expect(patches.importOutcome).toBeNull()
})

/** A studio after an import of three images, whose next one answers with these events. */
async function importedTwice(events: ImportEvent[]) {
  const studio = await importing([
    {
      ...added('p1', scaleNote('Taken as reflectance x 1000.', 'scale-in-doubt')),
      scaleInDoubt: true,
    } as ImportEvent,
    added('p2', scaleNote('Taken as raw values.')),
    { kind: 'refused', path: 'p3.h5', code: 'scale-unknown', message: 'Unclear.' },
    {
      kind: 'remark',
      path: 'p3.h5',
      reason: 'mask-left-out',
      message: 'Its mask "m3.h5" is left out with it.',
    },
  ])
  const requests: unknown[] = []
  const draw = studio.files.call as unknown as Call
  const call: Call = async (method, request, options) => {
    if (method !== 'import') return draw(method, request, options)
    requests.push(request)
    for (const event of events) options.onEvent(event)
    return { added: [] }
  }
  studio.files = { call, terminate: () => undefined } as unknown as Studio['files']
  return { studio, requests, outcome: () => studio.store.getState().patches.importOutcome! }
}

test('images are read again in the chosen scale, and the report says what holds now', async () => {
  const { studio, requests, outcome } = await importedTwice([
    {
      ...added('p1b', scaleNote('Taken as raw values, as chosen.')),
      path: 'p1.h5',
      replaced: true,
    } as ImportEvent,
    added('p3', scaleNote('Taken as raw values, as chosen.')),
  ])
  const doubtful = outcome().images.filter(image => image.scaleInDoubt)
  expect(doubtful.map(({ path }) => path)).toEqual(['p1.h5', 'p3.h5'])
  studio.store.change({ patches: { queue: ['p2', 'p1'] }, shell: { dialog: 'value-scale' } })
  await importWithScale(studio, doubtful, 'raw')
  const images = [
    { path: 'p1.h5', patchId: 'p1' },
    { path: 'p3.h5', patchId: null },
  ]
  expect(requests).toEqual([{ files: [FILE], domain: 'auto', again: { images, scale: 'raw' } }])
  expect(outcome()).toMatchObject({
    added: 3,
    refused: [],
    remarks: [
      { path: 'p2.h5', message: 'Taken as raw values.' },
      { path: 'p1.h5', message: 'Taken as raw values, as chosen.' },
      { path: 'p3.h5', message: 'Taken as raw values, as chosen.' },
    ],
    images: [
      { path: 'p2.h5', patchId: 'p2' },
      { path: 'p1.h5', patchId: 'p1b' },
      { path: 'p3.h5', patchId: 'p3' },
    ],
  })
  expect(studio.store.getState().patches.queue).toEqual(['p2', 'p1b'])
  await studio.writes.settled()
  expect((await studio.storage.auditLog()).map(({ detail }) => detail)).toEqual([
    '2 patches added, 1 file refused',
    '2 images read again as raw values (reflectance x 10000)',
  ])
  expect(studio.store.getState().shell.dialog).toBeNull()
})

test('a file that went away meanwhile is refused, and stays in the list to be read again', async () => {
  const gone: ImportEvent = { kind: 'refused', path: 'p3.h5', code: 'file-unreadable', message: 'Gone.' }
  const { studio, outcome } = await importedTwice([gone])
  await importWithScale(studio, outcome().images.slice(2), 'raw')
  expect(outcome().refused).toEqual([{ path: 'p3.h5', code: 'file-unreadable', message: 'Gone.' }])
  expect(outcome().images.map(({ path }) => path)).toEqual(['p1.h5', 'p2.h5', 'p3.h5'])
})

test('while networks read the patches, none is replaced', async () => {
  const { studio, requests, outcome } = await importedTwice([])
  studio.store.change({
    shell: { jobs: { predict: { kind: 'predict', progress: null, cancelling: false } } },
  })
  await importWithScale(studio, outcome().images, 'raw')
  expect(requests).toEqual([])
  expect(studio.store.getState().shell.notices.at(-1)?.message).toContain('Wait until the networks')
})

test('what was refused is taken again from the files that it came in, and no others', async () => {
  const studio = openStudio(emptyDisk([]))
  await openProject(studio)
  const asked: string[][] = []
  const call: Call = async (_method, request, { onEvent }) => {
    asked.push((request as { files: { path: string }[] }).files.map(({ path }) => path))
    for (const path of ['models.zip/a', 'starter'])
      onEvent({ kind: 'refused', path, code: 'worker-stopped', message: 'It stopped.' })
    return { added: [] }
  }
  studio.files = { call, terminate: () => undefined } as unknown as Studio['files']
  const paths = [
    'models.zip',
    'starter/manifest.json',
    'starter/weights.safetensors',
    'starters.h5',
    'dem.tif',
  ]
  await importFiles(
    studio,
    paths.map(path => ({ path, file: new Blob() })),
  )
  expect(studio.store.getState().shell.dialog).toBe('import-report')
  await importAgain(studio, ['models.zip/a', 'starter'])
  expect(asked).toEqual([paths, paths.slice(0, 3)])
})
