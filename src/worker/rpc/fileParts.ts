import { yieldToEventLoop } from '../../core/foundation/job'
import { plural } from '../../core/foundation/text'
import type { CallerMessage, CallOptions } from './messages'

type Part = Extract<CallerMessage, { type: 'part' }>

/** Files in one message: each holds the sender up for a third of a millisecond. */
export const MOST_FILES = 200

/** A request without its long lists of files, and these in parts. */
export function cutFiles(id: number, request: unknown): { parts: Part[]; rest: unknown } {
  const lists: [field: string, entries: unknown[]][] = Object.entries(request ?? {}).filter(([, value]) =>
    isLongList(value),
  )
  if (lists.length === 0) return { parts: [], rest: request }
  const parts: Part[] = []
  for (const [field, entries] of lists) {
    for (let begin = 0; begin < entries.length; begin += MOST_FILES) {
      parts.push({ type: 'part', id, field, entries: entries.slice(begin, begin + MOST_FILES) })
    }
  }
  const empty = Object.fromEntries(lists.map(([field]) => [field, []]))
  return { parts, rest: { ...(request as object), ...empty } }
}

function isLongList(value: unknown): boolean {
  if (!Array.isArray(value) || value.length <= MOST_FILES) return false
  const first: unknown = value[0]
  return typeof first === 'object' && Object.values(first ?? {}).some(field => field instanceof Blob)
}

/** Sends one part after another and lets the window answer between them. @returns false where the call ended before. */
export async function sendParts(
  parts: readonly Part[],
  send: (part: Part) => void,
  isPending: () => boolean,
  onProgress: CallOptions['onProgress'],
): Promise<boolean> {
  const total = parts.reduce((sum, { entries }) => sum + entries.length, 0)
  let done = 0
  for (const part of parts) {
    send(part)
    done += part.entries.length
    onProgress?.({ label: `Handing over ${plural(total, 'file')}`, done, total, rate: 0, etaSeconds: null })
    await yieldToEventLoop()
    if (!isPending()) return false
  }
  return true
}

/** The receiver's side: lists that came in parts, of calls that are still to come. */
export class ReceivedParts {
  private readonly lists = new Map<number, Record<string, unknown[]>>()

  add({ id, field, entries }: Part): void {
    const lists = this.lists.get(id) ?? {}
    this.lists.set(id, lists)
    lists[field] ??= []
    lists[field].push(...entries)
  }

  /** The request of a call with the lists that came before it. */
  complete(id: number, request: unknown): unknown {
    const lists = this.lists.get(id)
    this.lists.delete(id)
    return lists ? { ...(request as object), ...lists } : request
  }

  forget(id: number): void {
    this.lists.delete(id)
  }
}
