import { expect, test, vi } from 'vitest'
import { AppError } from '../../core/foundation/appError'
import { examine, openWithoutDamage, type Rescue, saveStored, startAnother } from './rescue'

const summary = (id: string) => ({ id, name: id, patches: 0, rounds: 0, openedAt: null, problem: null })

function rescueOf(change: Partial<Rescue['project']> = {}): { rescue: Rescue; done: string[] } {
  const done: string[] = []
  const project: Rescue['project'] = {
    examine: async () => ({ parts: ['1 round'], canSetAside: true }),
    setAside: async now => void done.push(`set aside ${now.getUTCFullYear()}`),
    saveStored: async () => ({ fileName: 'x-stored.zip', blob: new Blob() }),
    ...change,
  }
  const rescue: Rescue = {
    error: new AppError('storage-failed', 'It is damaged.'),
    projectId: 'scarp',
    project,
    projects: {
      list: async () => ['scarp', 'kerala'].map(summary),
      create: async name => `made ${name}`,
    },
    goTo: id => done.push(`went to ${id}`),
    deliver: name => done.push(`saved ${name}`),
    now: () => new Date('2026-01-01T00:00:00Z'),
  }
  return { rescue, done }
}

test('what is damaged and the other projects are found', async () => {
  expect(await examine(rescueOf().rescue)).toMatchObject({
    parts: ['1 round'],
    canSetAside: true,
    others: [{ id: 'kerala' }],
  })
})

test('where nothing can be looked at, the ways on stay', async () => {
  vi.spyOn(console, 'warn').mockImplementation(() => undefined)
  const refuse = () => Promise.reject(new AppError('storage-failed', 'No storage.'))
  const { rescue, done } = rescueOf({ examine: refuse })
  rescue.projects.list = refuse
  expect(await examine(rescue)).toEqual({ parts: [], canSetAside: false, others: [] })
  await startAnother(rescue)
  await saveStored(rescue)
  expect(done).toEqual(['went to made Untitled project', 'saved x-stored.zip'])
  vi.restoreAllMocks()
})

test('the project is opened only once the damaged part lies aside', async () => {
  const { rescue, done } = rescueOf()
  await openWithoutDamage(rescue)
  expect(done).toEqual(['set aside 2026', 'went to scarp'])
  const full = rescueOf({ setAside: () => Promise.reject(new AppError('storage-full', 'The disk is full.')) })
  await expect(openWithoutDamage(full.rescue)).rejects.toMatchObject({ code: 'storage-full' })
  expect(full.done).toEqual([])
})
