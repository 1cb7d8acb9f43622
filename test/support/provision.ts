/** Says what provisioning does, on stderr: a person who waits wants to know for what. */
export function say(line: string): void {
  process.stderr.write(`provision: ${line}\n`);
}

/** Something that tests need could not be had on this machine. On a laptop the tests that need it are skipped, loudly; under CI=true they fail. */
export class NotToBeHad extends Error {
  constructor(what: string, tried: readonly string[]) {
    super(`${what} could not be had on this machine; tried: ${tried.join('; ')}`);
    this.name = 'NotToBeHad';
  }
}

/** A right that this process was not given: nothing that could be provided, so it is skipped under CI=true too, as loudly. */
export class NotPermitted extends NotToBeHad {}
