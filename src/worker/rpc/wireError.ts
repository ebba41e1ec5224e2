import { AppError, toAppError } from '../../core/foundation/appError'
import type { WireError } from './messages'

/** Anything thrown, as code, message and the text of its causes. */
export function toWireError(thrown: unknown): WireError {
  const error = toAppError(thrown)
  return { code: error.code, message: error.message, cause: causeText(error.cause) }
}

/** The AppError that crossed; its cause is an Error holding the text of the original causes. */
export function fromWireError(wire: WireError): AppError {
  const cause = wire.cause === null ? undefined : new Error(wire.cause)
  return new AppError(wire.code, wire.message, { cause })
}

const LONGEST_CHAIN = 5

function causeText(cause: unknown): string | null {
  const lines: string[] = []
  let current = cause
  while (current !== undefined && current !== null && lines.length < LONGEST_CHAIN) {
    lines.push(
      current instanceof Error ? (current.stack ?? `${current.name}: ${current.message}`) : String(current),
    )
    current = current instanceof Error ? current.cause : undefined
  }
  return lines.length > 0 ? lines.join('\ncaused by ') : null
}
