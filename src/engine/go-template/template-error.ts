/** A template that cannot be parsed or executed. The message is Go's own: `template: report:1:3: executing "report" at <.X>: …`. */
export class TemplateError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'TemplateError';
  }
}
