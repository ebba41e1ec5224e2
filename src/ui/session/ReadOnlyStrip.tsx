import { Button } from 'react-aria-components'
import { SESSION_TIMES, sessionOf } from '../../state/session/joinSession'
import { CommandButton } from '../controls/CommandButton'
import { Icon } from '../controls/Icon'
import { useStudio, useStudioState } from '../studioContext'

const ANSWER_SECONDS = SESSION_TIMES.answerMs / 1000

/** Another tab has the project: this one follows it, and can ask for it. */
export function ReadOnlyStrip() {
  const studio = useStudio()
  const takeOver = useStudioState(state => state.takeOver)
  const lost = useStudioState(state => state.accessLost)
  const session = () => sessionOf(studio)
  return (
    <section className="strip session-strip" aria-label="Read-only">
      <Icon name="lock" />
      <p role="status">{textOf(takeOver, lost)}</p>
      <span className="spacer" />
      {(takeOver.status === 'none' || takeOver.status === 'denied') && (
        <CommandButton command="take-over" look="primary" />
      )}
      {takeOver.status === 'asking' && (
        <Button className="button button-plain" onPress={() => session()?.withdraw()}>
          Stop asking
        </Button>
      )}
      {takeOver.status === 'unanswered' && (
        <>
          <Button className="button button-plain" onPress={() => session()?.withdraw()}>
            Stay read-only
          </Button>
          <Button className="button button-primary" onPress={() => session()?.takeAnyway()}>
            Take over anyway
          </Button>
        </>
      )}
    </section>
  )
}

function textOf(takeOver: ReturnType<typeof useTakeOver>, lost: string | null): string {
  switch (takeOver.status) {
    case 'asking':
      return `The other tab has been asked: answer there. It has ${ANSWER_SECONDS} seconds, in case it is frozen.`
    case 'handing-over':
      return 'The other tab is saving its work and pausing what runs…'
    case 'denied':
      return `The project stays in the other tab. ${takeOver.reason}`
    case 'unanswered':
      return (
        'The other tab does not answer. Take over anyway? If it is frozen or crashed, a change of its last moments ' +
        'that it has not saved is lost; everything saved stays.'
      )
    case 'none':
      return (
        lost ??
        'Read-only: the project is open in another tab. This one shows what is done there, as it is saved.'
      )
  }
}

const useTakeOver = () => useStudioState(state => state.takeOver)
