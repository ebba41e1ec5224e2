import { expect, test } from 'vitest'
import { bytesInput } from '../raster/inputFile'
import { openArchivedProject } from './archivedProject'
import { archiveBytes, cellPixels, PROBABILITIES, savedFiles, savedRecords } from './archives.testing'

const AT = new Date('2024-06-01T00:00:00Z')

const opened = async (bytes: Uint8Array) => (await openArchivedProject(bytesInput('a.scarp.zip', bytes), AT))!

test('a project reads from its archive as from the disk', async () => {
  const records = savedRecords()
  const { reader, notes } = await opened(await archiveBytes(records))
  expect(notes).toEqual([])
  expect(await reader.project()).toMatchObject({ name: 'Kaikoura', threshold: 0.7 })
  // In their order, without the scene's margin.
  const [first, second] = await reader.patches()
  expect([first!.cell!.column, second!.cell!.column, (await reader.patches()).length]).toEqual([1, 2, 2])
  expect(await reader.scenes()).toEqual(records.scenes)
  expect(await reader.history()).toEqual(records.history)
  expect(await reader.auditLog()).toEqual(records.auditLog)
  expect(await reader.pointAudits()).toEqual(records.pointAudits)
  expect(await reader.readPixels(first!.id)).toEqual(cellPixels())
  const window = { column: 1, row: 1, width: 2, height: 1 }
  expect((await reader.readPixelWindow(first!.id, window, [13])).data).toEqual(Float32Array.of(104, 105))
  expect(await reader.readProbability(first!.id, 'b')).toEqual(PROBABILITIES.b)
  expect(await reader.readProbability(first!.id, 'c')).toBeNull()
  // The stroke that came after the mask was stored is in it.
  expect(await reader.readMask(first!.id)).toEqual(Uint8Array.of(1, 1, 1, 1, 0, 0))
  expect(await reader.readMask(second!.id)).toBeNull()
  const [sums] = await reader.readReduced(first!.id, first!.cell!.window, [0])
  expect(sums!.sum.reduce((all, value) => all + value, 0)).toBe(6 * 1000 + 15)
})

test('a zip of something else is no archive', async () => {
  const bytes = await archiveBytes(undefined, undefined, members => delete members['scarp-project.json'])
  expect(await openArchivedProject(bytesInput('a.zip', bytes), AT)).toBeNull()
})

test('what was mended is said, and is in the log', async () => {
  const records = savedRecords()
  const { reader, notes } = await opened(await archiveBytes({ ...records, scenes: [] }))
  expect(notes[0]).toContain('2 cells of a scene that is not there')
  expect((await reader.patches()).map(({ cell }) => cell)).toEqual([undefined, undefined])
  expect((await reader.auditLog()).at(-1)).toMatchObject({ kind: 'set-aside', at: AT.toISOString() })
})

test('a file that is not what the manifest says, does not fit its patch, or is gone, is refused by name', async () => {
  const records = savedRecords()
  const [first] = records.patches.filter(({ cell }) => cell?.column === 1)
  const name = `pixels/${encodeURIComponent(first!.id)}`
  const changed = await archiveBytes(records, savedFiles(records), members => {
    members[`files/${name}`] = members[`files/${name}`]!.map(byte => byte ^ 1)
  })
  const damaged = await opened(changed)
  await expect(damaged.reader.readPixels(first!.id)).rejects.toMatchObject({ code: 'file-malformed' })
  const wrong = savedFiles(records).map(file =>
    file.name.endsWith('/ensemble') ? { ...file, content: new Uint8Array(4) } : file,
  )
  const short = await opened(await archiveBytes(records, wrong))
  await expect(short.reader.readProbability(first!.id, 'ensemble')).rejects.toThrow('have another size')
  const without = (gone: string) => savedFiles(records).filter(file => !file.name.startsWith(gone))
  await expect(opened(await archiveBytes(records, without('pixels/')))).rejects.toThrow('are missing')
  const maskless = await opened(await archiveBytes(records, without('masks/')))
  await expect(maskless.reader.readMask(first!.id)).rejects.toThrow('the mask of patch')
})
