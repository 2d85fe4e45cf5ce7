/** An error of a function, in the form in which Lambda reports it. */
export interface FunctionError {
  readonly type: string;
  readonly message: string;
}
