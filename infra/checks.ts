/**
 * cdk-nag's AwsSolutions rules, run over everything an app makes before its template is written. A finding fails the
 * synthesis; one that is accepted is acknowledged beside the resource that it is about, with the reason.
 */
import { type App, Validations } from 'aws-cdk-lib/core';
import { AwsSolutionsChecks } from 'cdk-nag';

export function addChecks(app: App): void {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app, { verbose: true }));
}
