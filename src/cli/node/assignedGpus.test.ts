import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { refuseForeignGpus } from './assignedGpus'

let devices: string
beforeAll(async () => {
  devices = await mkdtemp(join(tmpdir(), 'scarp-dev-'))
  for (const name of ['nvidia0', 'nvidia1', 'nvidiactl', 'nvidia-uvm'])
    await writeFile(join(devices, name), '')
  await mkdir(join(devices, 'nvidia-caps'))
  // As one that is kept closed: it is there, and cannot be opened.
  await symlink(join(devices, 'nowhere'), join(devices, 'nvidia2'))
})
afterAll(() => rm(devices, { recursive: true }))

const look = (given: string | undefined, isTask = true) => refuseForeignGpus({ given, isTask, devices })

test('a task that could reach a GPU that it was not given is refused, with what to do', async () => {
  await expect(look('1')).rejects.toMatchObject({
    code: 'gpu-unavailable',
    message: expect.stringMatching(
      /gave 1 GPU \(CUDA_VISIBLE_DEVICES=1\), and 2 can be opened.*ConstrainDevices=yes/,
    ),
  })
  for (const none of ['', 'NoDevFiles'])
    await expect(look(none)).rejects.toMatchObject({ message: expect.stringContaining('gave 0 GPUs') })
})

test('a task that was given all that it can reach, and whoever is no task, is not', async () => {
  await look('0,1')
  await look('0,1,2')
  await look(undefined)
  await look('1', false)
  await refuseForeignGpus({ given: '0', isTask: true, devices: join(devices, 'nowhere') })
})
