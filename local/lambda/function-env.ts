/** A function's environment variables on this machine, without any of the machine's own. */
import { devNull } from 'node:os';
import { accessKeyOf } from '../gateway/call.ts';
import { type FunctionPlan, LOCAL_REGION } from '../template/stack-spec.ts';

export function functionEnv(
  plan: FunctionPlan,
  gatewayUrl: string,
  added: Readonly<Record<string, string>>,
): Record<string, string> {
  return {
    // https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
    AWS_REGION: LOCAL_REGION,
    AWS_DEFAULT_REGION: LOCAL_REGION,
    AWS_LAMBDA_FUNCTION_NAME: plan.name,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(plan.memoryMb),
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${plan.name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: 'local',
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    _HANDLER: plan.handler,
    LAMBDA_TASK_ROOT: plan.directory,
    LAMBDA_RUNTIME_DIR: '/var/runtime',
    PATH: '/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin',
    // The values that a function sees; the process has them from its start (cli/run/lambda-world.ts).
    TZ: ':UTC',
    LANG: 'en_US.UTF-8',
    AWS_ACCESS_KEY_ID: accessKeyOf(plan.name),
    AWS_SECRET_ACCESS_KEY: 'local',
    // Everything that the SDK would look up elsewhere: a user's profile must not change the run.
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_ENDPOINT_URL_SQS: gatewayUrl,
    AWS_ENDPOINT_URL_DYNAMODB: gatewayUrl,
    AWS_ENDPOINT_URL_SCHEDULER: gatewayUrl,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: gatewayUrl,
    AWS_ENDPOINT_URL_SSM: gatewayUrl,
    ...plan.environment,
    ...added,
  };
}
