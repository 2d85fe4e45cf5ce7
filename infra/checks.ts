/**
 * Checks the whole app with cdk-nag's AwsSolutions rules before its template is written. A finding fails the synth. An accepted
 * finding is acknowledged beside its resource, with the reason.
 */
import { type App, Validations } from 'aws-cdk-lib/core';
import { AwsSolutionsChecks } from 'cdk-nag';

export function addChecks(app: App): void {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app, { verbose: true }));
}
