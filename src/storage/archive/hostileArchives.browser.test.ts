import { afterEach, beforeEach, expect, test } from 'vitest'
import { blobInput } from '../../core/raster/inputFile'
import {
  patchRecordFixture,
  pixelsFixture,
  pointAuditFixture,
  roundFixture,
  sceneFixture,
  scenePieceFixture,
  strokeFixture,
  verdictFixture,
} from '../../core/review/records.testing'
import { openByteStore } from '../byteStore'
import { openProjectStore } from '../openProjectStore'
import { editText, forged } from './archive.testing'

const [FROM, HERE] = ['scarp-hostile-from', 'scarp-hostile-here']
const OPTIONS = { unsaved: [], includeUnfinished: true }
const ID = patchRecordFixture().id
const MINE = patchRecordFixture({ id: 'mine', name: 'My patch' })

const empty = async () => {
  for (const name of [FROM, HERE]) await (await openProjectStore({ name })).clear()
}
beforeEach(empty)
afterEach(empty)

/** A sound archive: what is forged is made of it. */
async function sound(): Promise<Blob> {
  const store = await openProjectStore({ name: FROM })
  await store.updateProject({ name: 'Wenchuan' })
  await store.putPatch(patchRecordFixture(), pixelsFixture())
  await store.writeProbability(ID, 'ensemble', Float32Array.of(0, 0.25, 0.5, 0.75, 1, Number.NaN))
  const verdictAfter = verdictFixture()
  await store.putHistory([
    strokeFixture(),
    { sequence: 2, kind: 'verdict', patchId: ID, verdictBefore: null, verdictAfter, undone: false },
  ])
  await store.writeMask(ID, Uint8Array.of(0, 1, 255, 0, 1, 1))
  await store.writeModel('round-1-segformer', {
    'manifest.json': Uint8Array.of(1),
    'weights.safetensors': Uint8Array.of(2, 3),
  })
  await store.putRound(roundFixture())
  await store.putPointAudit(pointAuditFixture())
  await store.putScene(sceneFixture())
  for (const column of [0, 1, 2]) await store.putPatch(scenePieceFixture(column), pixelsFixture())
  return (await store.saveArchive(OPTIONS, {})).blob
}

type Files = Map<string, Uint8Array>
type Rows = Record<string, unknown>[]

const edit = (store: string, change: (rows: Rows) => unknown) => (files: Files) =>
  editText(files, `records/${store}.json`, text => {
    const rows = JSON.parse(text) as Rows
    return JSON.stringify(change(rows) ?? rows)
  })

/** Fields of a store's first record. */
const set = (store: string, fields: object) =>
  edit(store, rows => {
    Object.assign(rows[0]!, fields)
  })

/** The patch under another id, everywhere. */
const renamed = (id: string) => (files: Files) => {
  for (const [name, content] of [...files]) {
    if (!name.includes(encodeURIComponent(ID))) continue
    files.delete(name)
    files.set(name.replace(encodeURIComponent(ID), encodeURIComponent(id)), content)
  }
  for (const store of ['patches', 'history'])
    editText(files, `records/${store}.json`, text => text.replaceAll(JSON.stringify(ID), JSON.stringify(id)))
}

const moved = (from: string, to: string) => (files: Files) => {
  files.set(to, files.get(from)!)
  files.delete(from)
}

const times = (count: number, row: unknown) => () => Array.from({ length: count }, () => row)

const REFUSED: [string, (files: Files, manifest: Record<string, unknown>) => void, RegExp][] = [
  ...['__proto__', 'constructor', 'toString', '..', '../../x', 'a\\b', 'a\u202eb', 'x'.repeat(500)].map(
    id =>
      [
        `a patch called ${JSON.stringify(id.slice(0, 20))}`,
        renamed(id),
        /history.json, record 1, patchId: not an id/,
      ] as [string, (files: Files) => void, RegExp],
  ),
  ['a patch twice', edit('patches', rows => [...rows, rows[0]]), /holds the patch "image_1-0a1b2c" twice/],
  ['a step of __proto__', set('history', { patchId: '__proto__' }), /record 1, patchId/],
  ['a step beyond a mask’s count', set('history', { sequence: 2 ** 40 }), /sequence/],
  ['a round with a path for an id', set('rounds', { id: '../r' }), /rounds.json, record 1, id/],
  ['a round twice', edit('rounds', rows => [...rows, rows[0]]), /holds the round "round-1" twice/],
  [
    'a round of no steps',
    set('rounds', { config: { ...roundFixture().config, steps: 'many' } }),
    /config.steps/,
  ],
  [
    'statistics of other bands',
    set('patches', { statistics: { count: 1, mean: [1], m2: [1] } }),
    /statistics.mean/,
  ],
  [
    'two projects',
    edit('project', rows => [...rows, rows[0]]),
    /project.json holds 2 records, more than the 1/,
  ],
  [
    '10,001 rounds',
    edit('rounds', times(10_001, 0)),
    /rounds.json holds 10,001 records, more than the 10,000/,
  ],
  ['a scene twice', edit('scenes', rows => [...rows, rows[0]]), /holds the scene "scene_1" twice/],
  ['a scene called __proto__', set('scenes', { id: '__proto__' }), /scenes.json, record 1, id: not an id/],
  [
    'an area outside its scene',
    set('scenes', { window: { column: 8, row: 0, width: 2, height: 1 } }),
    /scenes.json, record 1, window: leaves the scene/,
  ],
  [
    'an area of 1,100,000 vertices',
    set('scenes', { area: { name: 'a', polygons: [[new Array(2_200_000).fill(1)]] } }),
    /area.polygons: not rings/,
  ],
  ['a scene of 100,001 pieces', set('scenes', { pieces: 100_001 }), /record 1, pieces/],
  ['10,001 scenes', edit('scenes', times(10_001, 0)), /scenes.json holds 10,001 records/],
  [
    'a cell of another size than its pixels',
    edit('patches', rows => {
      const cell = rows.at(-1)!.cell as { window: object }
      Object.assign(cell.window, { width: 2 ** 29 })
    }),
    /cell.window: of another size than the patch/,
  ],
  [
    'a point audit twice',
    edit('pointAudits', rows => [...rows, rows[0]]),
    /holds the point audit "audit-1" twice/,
  ],
  ['a point audit of __proto__', set('pointAudits', { id: '__proto__' }), /record 1, id: not an id/],
  [
    'a point of a patch called ..',
    edit('pointAudits', rows => {
      Object.assign((rows[0]!.points as object[])[0]!, { patchId: '..' })
    }),
    /points.0.patchId: not an id/,
  ],
  [
    'a point outside its patch',
    edit('pointAudits', rows => {
      Object.assign((rows[0]!.points as object[])[1]!, { column: 3 })
    }),
    /point 2 of the point audit "audit-1" leaves its patch/,
  ],
  [
    'points that are numbered twice',
    edit('pointAudits', rows => {
      Object.assign((rows[0]!.points as object[])[1]!, { number: 1 })
    }),
    /points: not numbered 1, 2, 3/,
  ],
  [
    'more points than a stratum has pixels',
    edit('pointAudits', rows => {
      Object.assign((rows[0]!.strata as object[])[0]!, { pixels: 0 })
    }),
    /points: more in a stratum than it has pixels/,
  ],
  [
    '10,001 points',
    edit('pointAudits', rows => {
      rows[0]!.points = Array.from({ length: 10_001 }, () => (rows[0]!.points as object[])[0])
    }),
    /record 1, points/,
  ],
  [
    'an answer to a point that there is not',
    set('pointAudits', { answers: { 3: { answer: 'landslide', at: '2024' } } }),
    /answers: of a point that there is not/,
  ],
  [
    'an answer to __proto__',
    edit('pointAudits', rows => {
      rows[0]!.answers = JSON.parse('{"__proto__x": {"answer": "landslide", "at": "2024"}}')
    }),
    /record 1, answers/,
  ],
  [
    'an answer of another kind',
    set('pointAudits', { answers: { 1: { answer: 'maybe', at: '2024' } } }),
    /answers.1.answer/,
  ],
  ['1,001 point audits', edit('pointAudits', times(1001, 0)), /pointAudits.json holds 1,001 records/],
  ['100,001 patches', edit('patches', times(100_001, 0)), /holds 100,001 records/],
  ['2,000,001 steps', edit('history', times(2_000_001, 0)), /holds 2,000,001 records/],
  [
    'a stroke that leaves its patch',
    edit('history', rows => {
      const far = btoa(String.fromCharCode(255, 255, 255, 255))
      ;(rows[0]!.diff as Record<string, unknown>).length = { $uint32: far }
    }),
    /step 1 does not fit its patch/,
  ],
  [
    'a mask of other values',
    files => files.set(`files/masks/${ID}`, Uint8Array.of(0, 1, 7, 0, 1, 1)),
    /masks of patch .* are damaged/,
  ],
  [
    'a probability of 2',
    files =>
      files.set(
        `files/probabilities/${ID}/ensemble`,
        new Uint8Array(Float32Array.of(2, 0, 0, 0, 0, 0).buffer),
      ),
    /probabilities of patch .* are damaged/,
  ],
  [
    'a model’s file that leads out',
    moved(
      'files/models/round-1-segformer/weights.safetensors',
      'files/models/round-1-segformer/..%2F..%2Fevil',
    ),
    /is not a file of a project/,
  ],
  [
    'a model called ..',
    moved('files/models/round-1-segformer/weights.safetensors', 'files/models/../weights'),
    /is not a file of a project/,
  ],
  [
    'a store of __proto__',
    files => files.set('records/__proto__.json', Uint8Array.of(91, 93)),
    /does not know/,
  ],
  ['a folder of __proto__', files => files.set('files/__proto__/x', Uint8Array.of(1)), /is not a file of/],
]

test('a hostile archive is refused by name, and the project that is open stays', async () => {
  const archive = await sound()
  const here = await openProjectStore({ name: HERE })
  await here.putPatch(MINE, pixelsFixture())
  for (const [what, change, reason] of REFUSED) {
    const input = blobInput('a.zip', await forged(archive, change))
    const refusal = await here.openArchive(input, {}).then(
      () => 'opened',
      (thrown: Error) => thrown.message,
    )
    expect(refusal, what).toMatch(reason)
    expect(refusal, what).toContain('Your project is unchanged')
    expect(refusal.length, what).toBeLessThan(1000)
    // As after a reload.
    expect(await (await openProjectStore({ name: HERE })).patches(), what).toEqual([MINE])
  }
})

/** Scenes and cells that do not fit each other: what is left of them, and what is said. */
const MENDED: [
  string,
  (files: Files) => void,
  { scenes: boolean[]; cells: number; files: number },
  string[],
][] = [
  [
    'cells of a scene that is not there',
    edit('scenes', () => []),
    { scenes: [], cells: 0, files: 3 },
    ['2 cells of a scene that is not there: kept as patches without a scene.'],
  ],
  [
    'a cell outside its scene',
    edit('patches', rows => {
      const cell = rows.at(-1)!.cell as { window: object }
      Object.assign(cell.window, { column: 7 })
    }),
    { scenes: [false], cells: 1, files: 4 },
    [
      '1 cell off the grid of the scene "S2A_T33TWM": kept as a patch without a scene.',
      'The scene "S2A_T33TWM" has 2 of its 3 pieces: add its files again to complete it.',
    ],
  ],
  [
    'cells that lie on each other',
    edit('patches', rows => {
      const cell = rows.at(-1)!.cell as { window: object }
      Object.assign(cell.window, { column: 4 })
    }),
    { scenes: [false], cells: 1, files: 4 },
    [
      '1 cell off the grid of the scene "S2A_T33TWM": kept as a patch without a scene.',
      'The scene "S2A_T33TWM" has 2 of its 3 pieces: add its files again to complete it.',
    ],
  ],
  [
    'pieces that are missing',
    set('scenes', { pieces: 9, name: 'a\u202eb' }),
    { scenes: [false], cells: 2, files: 4 },
    ['The scene "a\\u202eb" has 3 of its 9 pieces: add its files again to complete it.'],
  ],
]

test('scenes and cells that do not fit each other are mended, which is said and logged', async () => {
  const archive = await sound()
  for (const [what, change, left, notes] of MENDED) {
    const here = await openProjectStore({ name: HERE })
    const blob = await forged(archive, change)
    expect(await here.openArchive(blobInput('a.zip', blob), {}), what).toEqual({ notes })
    const opened = await openProjectStore({ name: HERE })
    const patches = await opened.patches()
    expect(patches, what).toHaveLength(3)
    const bytes = await openByteStore((await opened.project()).filesFolder!)
    expect(
      {
        scenes: (await opened.scenes()).map(({ complete }) => complete),
        cells: patches.filter(({ cell }) => cell).length,
        files: (await bytes.list(['pixels'])).length,
      },
      what,
    ).toEqual(left)
    for (const { id } of patches) expect(await opened.readPixels(id), what).toEqual(pixelsFixture())
    expect(
      (await opened.auditLog()).map(({ kind, detail }) => [kind, detail]),
      what,
    ).toEqual(notes.map(note => ['set-aside', note]))
    // Saved again there is nothing left to mend.
    const { blob: again } = await opened.saveArchive(OPTIONS, {})
    expect(await opened.openArchive(blobInput('again.zip', again), {}), what).toEqual({ notes: [] })
  }
})

test('an archive of a later version is refused with what to do, one of the first version opens', async () => {
  const archive = await sound()
  const here = await openProjectStore({ name: HERE })
  await here.putPatch(MINE, pixelsFixture())
  const later = await forged(archive, (_, manifest) => {
    manifest.version = Number(manifest.version) + 1
  })
  await expect(here.openArchive(blobInput('a.zip', later), {})).rejects.toMatchObject({
    code: 'file-unsupported',
    message: expect.stringMatching(/newer version of Scarp: reload the page .* Your project is unchanged/),
  })
  expect(await (await openProjectStore({ name: HERE })).patches()).toEqual([MINE])
  const first = await forged(archive, (_, manifest) => {
    manifest.version = 1
  })
  await here.openArchive(blobInput('a.zip', first), {})
  expect((await (await openProjectStore({ name: HERE })).patches()).map(({ id }) => id)[0]).toBe(ID)
})

test('whatever the project of an archive is called inside, its pixels are there after a reload', async () => {
  const archive = await sound()
  for (const id of ['zzz', 'aaa', '__proto__', '']) {
    const blob = await forged(
      archive,
      edit('project', rows => {
        Object.assign(rows[0]!, { id: id, filesFolder: 'scarp-hostile-from' })
      }),
    )
    await (await openProjectStore({ name: HERE })).openArchive(blobInput('a.zip', blob), {})
    const opened = await openProjectStore({ name: HERE })
    expect(await opened.project(), id).toMatchObject({ id: 'project', name: 'Wenchuan' })
    expect(await opened.readPixels(ID), id).toEqual(pixelsFixture())
  }
  // Nor did it reach the files of another project.
  expect(await (await openProjectStore({ name: FROM })).readPixels(ID)).toEqual(pixelsFixture())
})

test('names that hide or overflow are shown plainly', async () => {
  const blob = await forged(await sound(), files => {
    set('project', { name: 'a\u202eb\n' })(files)
    set('patches', { name: 'n'.repeat(5000) })(files)
  })
  const here = await openProjectStore({ name: HERE })
  await here.openArchive(blobInput('a.zip', blob), {})
  const opened = await openProjectStore({ name: HERE })
  expect((await opened.project()).name).toBe('a\\u202eb\\u000a')
  expect((await opened.patches())[0]!.name).toBe(`${'n'.repeat(199)}…`)
})
