import { expect, test } from 'vitest'
import { AppError } from '../../core/foundation/appError'
import { eventually } from '../../core/foundation/eventually.testing'
import type { UnfinishedRound } from '../../core/review/records'
import { startEngine } from '../models/predict'
import { openProject } from '../session/openProject'
import { emptyDisk, openStudio, patchRecord } from '../studio.testing'
import { resumeRound } from './runRound'
import { watchEngine } from './watchEngine'

const info = {
  backend: 'webgpu',
  adapter: 'Test',
  software: true,
  canTrain: true,
  reason: '',
  features: [],
  limits: null,
}

async function studioThatLoses(times: number) {
  const disk = emptyDisk([patchRecord('t1')])
  disk.unfinished = { id: 'r', index: 2, curves: {}, finished: [], saved: null } as unknown as UnfinishedRound
  const heard = { starts: 0, resumes: 0 }
  const studio = openStudio(disk, async method => {
    if (method === 'models') return { models: [], damaged: [] }
    if (method === 'start') heard.starts++
    if (method !== 'resumeRound') return info
    heard.resumes++
    if (heard.resumes <= times) throw new AppError('gpu-lost', 'The GPU was lost.')
    disk.unfinished = null
    return { id: 'r', index: 2, networks: [] }
  })
  await openProject(studio)
  await startEngine(studio)
  watchEngine(studio, { delayMs: 1, most: 3, withinMs: 60_000 })
  return { studio, heard }
}

test('a round whose device was lost resumes by itself', async () => {
  const { studio, heard } = await studioThatLoses(2)
  await resumeRound(studio)
  await eventually(() => expect(studio.store.getState().rounds.list.map(({ id }) => id)).toEqual(['r']))
  expect(heard).toEqual({ starts: 3, resumes: 3 })
  expect(studio.store.getState().models.engine.status).toBe('ready')
})

test('an engine that is lost again and again is left to the person, with the round kept', async () => {
  const { studio, heard } = await studioThatLoses(99)
  await resumeRound(studio)
  await eventually(() =>
    expect(studio.store.getState().shell.notices.at(-1)?.message).toContain('Resume round'),
  )
  expect(heard.resumes).toBe(4)
  expect(studio.store.getState().rounds.unfinished?.id).toBe('r')
})
