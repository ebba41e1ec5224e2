import { useCallback, useEffect, useRef, useState } from 'react'

/** Milliseconds of rest before a place is read out: a key that is held would never stop talking. */
const REST = 350

/** Text for a polite live region, set once the last word has rested. */
export function useSpoken(): [string, (text: string) => void] {
  const [spoken, setSpoken] = useState('')
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])
  const speak = useCallback((text: string) => {
    clearTimeout(timer.current)
    timer.current = setTimeout(() => setSpoken(text), REST)
  }, [])
  return [spoken, speak]
}
