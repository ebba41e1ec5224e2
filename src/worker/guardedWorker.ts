/**
 * A worker under its creator's content security policy. One made from a file has only the policy that came with the
 * file, which is none on a host that sends no headers; one made from a blob takes its creator's.
 *
 * @param title ends its address, by which the browser's tools and tests tell workers apart
 * @param file address of the worker's module, as `?worker&url` gives it
 * @param name what the worker reads as `self.name`
 */
export function guardedWorker(title: string, file: string, name = ''): Worker {
  const start = `import ${JSON.stringify(new URL(file, import.meta.url).href)}`
  const address = URL.createObjectURL(new Blob([start], { type: 'text/javascript' }))
  const worker = new Worker(`${address}#${title}`, { type: 'module', name })
  // Its first message comes after it was read.
  worker.addEventListener('message', () => URL.revokeObjectURL(address), { once: true })
  return worker
}
