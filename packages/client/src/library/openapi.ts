// The gateway's API, made from its own /openapi.json. Not for editing. When the API has changed:
// LUPA_WRITE_TYPES=1 npm test -- openapi-types

export interface paths {
    "/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How the service fares
         * @description The details are for those who may use the service.
         */
        get: operations["health"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/livez": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the process lives */
        get: operations["livez"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/predict": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send an image, get the prediction
         * @description Waits for the result and answers with it. If the wait ends first, the answer is 202 with the job, whose address is in `Location`. Needs the scope `jobs:write`.
         */
        post: operations["predict"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether requests should come here */
        get: operations["readyz"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/roboflow/{model}/{version}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Run a model on an image, as API v0 of inference-sdk does
         * @description `confidence` (0.4 if not given), `overlap` (0.3), `max_detections` (300) and `classes` are heeded, other parameters of Roboflow's are not. Waits as `/predict` does; when the wait ends first: 504. Needs the scope `jobs:write`.
         */
        post: operations["roboflowInfer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/roboflow/infer/{task}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Run a model on an image, as API v1 of inference-sdk does
         * @description The key goes in a header: `InferenceConfiguration(api_key_transport="header")`. Needs the scope `jobs:write`.
         */
        post: operations["roboflowInferTask"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/roboflow/model/add": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * List models, and the one that is asked for
         * @description Nothing has to be loaded here: it says whether there is such a model.
         */
        post: operations["roboflowAddModel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/roboflow/model/registry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List models, as API v1 of inference-sdk wants them */
        get: operations["roboflowModels"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * See what administrators did
         * @description Keys made, rotated and revoked, dead letters replayed, aliases moved, clients erased: the newest first, recorded before each was done, and never changed. Needs the scope `admin`.
         */
        get: operations["listAudit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/batches": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Submit many images
         * @description Makes a job of each of up to 1000 images (209715200 bytes in all, unpacked) and answers with their batch once all of them are jobs. Images that are refused are listed and do not fail the others; when there is no place for all of them on the queue, none is taken. Parameters are those of a job and go for every image; `priority` is `bulk` unless given. `webhook_url` gets one `batch.finished`. With an `Idempotency-Key` the same request sent again makes no second batch. Needs the scope `jobs:write`.
         */
        post: operations["createBatch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/batches/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a batch
         * @description How far it is: its jobs, counted by status, and what was refused of it. Needs the scope `jobs:read`.
         */
        get: operations["getBatch"];
        put?: never;
        post?: never;
        /**
         * Erase a batch
         * @description Erases the batch and all its jobs with their images and predictions. Jobs that have not ended are canceled first, and nobody is told that the batch is done. Needs the scope `jobs:write`.
         */
        delete: operations["eraseBatch"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/batches/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a batch
         * @description Ends as `canceled` all its jobs that have not ended. Those that have stay as they are. Needs the scope `jobs:write`.
         */
        post: operations["cancelBatch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/batches/{id}/results": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the jobs of a batch
         * @description One job per line (NDJSON), the last image first, as the store knows them: a job that runs is `queued` here. May be read while the batch is not done. Needs the scope `jobs:read`.
         */
        get: operations["getBatchResults"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/batches/{id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Run the failed jobs of a batch again
         * @description Makes a new batch of the images whose jobs failed or expired, with the parameters and the webhook they had; `retry_of` says of which. Jobs that succeeded or were canceled are left alone. Takes an `Idempotency-Key` too. Needs the scope `jobs:write`.
         */
        post: operations["retryBatch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/clients/{client}/data": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Erase all of a client
         * @description Erases all that the client had until now: jobs (those that have not ended are canceled), images, predictions, cached results, batches, the log of its webhooks and its idempotency keys. A worker does it, and goes on where another stopped; `GET /v1/erasures/{id}` tells how far it is. API keys, the webhook secret and the audit log stay. Needs the scope `admin`.
         */
        delete: operations["eraseClientData"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/clients/me/data": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Erase all that is yours
         * @description Erases all that the client had until now: jobs (those that have not ended are canceled), images, predictions, cached results, batches, the log of its webhooks and its idempotency keys. A worker does it, and goes on where another stopped; `GET /v1/erasures/{id}` tells how far it is. API keys, the webhook secret and the audit log stay. Needs the scope `jobs:write`.
         */
        delete: operations["eraseOwnData"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/dead": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List dead letters
         * @description Jobs of all clients that failed for good and were not replayed, newest first. Needs the scope `admin`.
         */
        get: operations["listDead"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/dead/{id}/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Replay a dead letter
         * @description Runs the job again, for its client and under a new id, and takes it off the list. Needs the scope `admin`.
         */
        post: operations["replayDead"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/dead/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Replay many dead letters
         * @description Those named by `ids`, or those that failed with the error `code`; 100 at a time. Needs the scope `admin`.
         */
        post: operations["replayManyDead"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/erasures/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * See how far an erasure is
         * @description Needs the scope `jobs:read`.
         */
        get: operations["getErasure"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/events/blob-created": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take in what was dropped in the inbox
         * @description For Azure Event Grid: each blob that was created in `INBOX_CONTAINER` becomes a job, the same blob once, and its result is written beside it. Takes up to 100 events, or one CloudEvent, and answers the validation handshake. Needs the scope `jobs:write`.
         */
        post: operations["takeBlobEvents"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List jobs
         * @description Your jobs, newest first. One that succeeded with more predictions than a list shows has `predictions: null` here (an empty list is one that found nothing): get it from its `links.self`. Needs the scope `jobs:read`.
         */
        get: operations["listJobs"];
        put?: never;
        /**
         * Submit an image
         * @description Runs a model on one image. Answers at once with the queued job (202), or with the finished one (200) when the cache knows the answer or `Prefer: wait=N` waited long enough. `Cache-Control: no-cache` asks for a prediction computed anew. With an `Idempotency-Key` the same request sent again makes no second job. Parameters may come by query, form field or JSON key. Needs the scope `jobs:write`.
         */
        post: operations["submitJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a job
         * @description The job as it is now. `conf`, `iou`, `max_det`, `classes` and `masks` look at the stored prediction under other parameters, without running the model again. They do not apply to a classify model; `iou` does not apply to one that suppresses by itself, nor does a `conf` below its own; and of a segment or pose model a bounded number of detections is kept, the surest. `format`, or the `Accept` header, writes the prediction as something else than the job: classes alone, without a place, come as `yolo`, `csv` and `svg` only. Needs the scope `jobs:read`.
         */
        get: operations["getJob"];
        put?: never;
        post?: never;
        /**
         * Erase a job
         * @description Erases the job, its image, its prediction (from the cache too) and the log of its webhooks. A job that has not ended is canceled first. Needs the scope `jobs:write`.
         */
        delete: operations["eraseJob"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{id}/annotated": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the image with the prediction drawn on it
         * @description Turned as a person sees it, without metadata. A worker makes it when it is asked for first, and it is kept with the job: 202 when it is not made within ten seconds, ask again. As SVG the image is inside. Needs the scope `jobs:read`.
         */
        get: operations["getAnnotatedImage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a job
         * @description The job ends as `canceled`, whether it waits or runs. One that has ended already stays as it is; the answer is the job in either case. Needs the scope `jobs:write`.
         */
        post: operations["cancelJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{id}/crops": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a cut-out of each detection
         * @description A ZIP of JPEGs named after class, number and confidence, the surest first, 300 at most, and `manifest.json`, which says what each is. 202 when it is not made within ten seconds: ask again. Needs the scope `jobs:read`.
         */
        get: operations["getCrops"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{id}/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * See a job's webhooks
         * @description The webhook events of a job, each with all its tries and what the receiver answered. Needs the scope `jobs:read`.
         */
        get: operations["listJobDeliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{id}/deliveries/{delivery_id}/redeliver": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send one of a job's webhooks again
         * @description Sent under the same `webhook-id` and with the same body as before, at once, and then by the schedule from its start. Tried even where webhooks to that URL were switched off; a success switches them on again. Needs the scope `webhooks:write`.
         */
        post: operations["redeliver"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Follow a job
         * @description Server-Sent Events: the job as it is now and after each change, as events named `job`, until it has ended. `Last-Event-ID` leaves out what was seen; 204 when that was its end. Needs the scope `jobs:read`.
         */
        get: operations["followJob"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{id}/image": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the image of a job
         * @description The bytes that were sent, unchanged: with whatever they say of where and by whom they were taken. Needs the scope `jobs:read`.
         */
        get: operations["getJobImage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{id}/redacted": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the image with detections made unknowable
         * @description Of the box around each, and a little more, at most 8 × 8 colours are left, so that nothing brings back what was there. What the model did not see, or not surely enough for `conf`, stays as it is: ask with a low `conf`. 202 when it is not made within ten seconds: ask again. Needs the scope `jobs:read`.
         */
        get: operations["getRedactedImage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{id}/redeliver": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a job's newest webhook again
         * @description Sent under the same `webhook-id` and with the same body as before, at once, and then by the schedule from its start. Tried even where webhooks to that URL were switched off; a success switches them on again. Needs the scope `webhooks:write`.
         */
        post: operations["redeliverNewest"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Run a job again
         * @description Makes a new job of the image of one that has ended, with `retry_of` saying which. What is not given is as it was: another `model`, other parameters may be. Takes an `Idempotency-Key` too. Needs the scope `jobs:write`.
         */
        post: operations["retryJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List API keys
         * @description The newest first, with those that expired or were revoked. Needs the scope `admin`.
         */
        get: operations["listKeys"];
        put?: never;
        /**
         * Make an API key
         * @description The answer holds the key, once. Jobs belong to the client, whichever of its keys made them. Needs the scope `admin`.
         */
        post: operations["createKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Revoke an API key
         * @description From the answer on this gateway refuses the key, and every other one within 5 seconds. It stays in the list. Its jobs stay with its client. Needs the scope `admin`.
         */
        delete: operations["revokeKey"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys/{id}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Replace an API key
         * @description Gives the key a new secret, which the answer holds, once. The key as it was stays good for `overlap_hours`; of one that was rotated within them already, only the latest two are good. Needs the scope `admin`.
         */
        post: operations["rotateKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List models
         * @description Every version of every model, by name, highest version first.
         */
        get: operations["listModels"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a model
         * @description The version that a job would run which is submitted now with this `model`, and what it was measured at.
         */
        get: operations["getModel"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models/{name}/aliases/{alias}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Point an alias to a version
         * @description From the answer on, requests through this gateway mean the new version; through others within two seconds. Jobs accepted before keep the version they have. Needs the scope `models:write`.
         */
        put: operations["pointAlias"];
        post?: never;
        /**
         * Remove an alias
         * @description A model without `stable` runs its highest version that can be served. Needs the scope `models:write`.
         */
        delete: operations["removeAlias"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models/{name}/samples": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List a model's sample pictures
         * @description Pictures that come with the model, to try it with: those in its folder `samples`.
         */
        get: operations["listModelSamples"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models/{name}/samples/{file}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get one of a model's sample pictures */
        get: operations["getModelSample"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/queue": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * See the queue
         * @description How many jobs wait, for how long, how fast they end, and who works on them.
         */
        get: operations["getQueue"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/uploads": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Get a URL to put an image at
         * @description For large images: put the bytes at `url`, which is Blob Storage itself where images are kept there, then submit the `upload_id` as JSON to `POST /v1/jobs`, or several as `upload_ids` to `POST /v1/batches`. One job is made of an upload: the same request again is answered with that job. An upload that no job was made of is erased after a day. Needs the scope `jobs:write`.
         */
        post: operations["openUpload"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * See your webhooks
         * @description All your webhook events, newest first, each with its tries. Needs the scope `jobs:read`.
         */
        get: operations["listDeliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/deliveries/{delivery_id}/redeliver": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a webhook again, be it of a job or a batch
         * @description Sent under the same `webhook-id` and with the same body as before, at once, and then by the schedule from its start. Tried even where webhooks to that URL were switched off; a success switches them on again. Needs the scope `webhooks:write`.
         */
        post: operations["redeliverAny"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/receiver": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * See how a webhook URL fares
         * @description A URL is switched off, for you alone, when it answers 410 or after five days of nothing but failures. A test (`POST /v1/webhooks/test`) or a redelivery that succeeds switches it on again. Needs the scope `jobs:read`.
         */
        get: operations["getWebhookReceiver"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/secret": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get your webhook signing secret
         * @description Webhooks are signed with it as Standard Webhooks says (https://www.standardwebhooks.com): verify them. Needs the scope `webhooks:write`.
         */
        get: operations["getWebhookSecret"];
        put?: never;
        /**
         * Replace your webhook signing secret
         * @description Makes a new secret, which signs from now on. For 24 hours webhooks carry a signature by the one before too, so that a receiver may know either. Needs the scope `webhooks:write`.
         */
        post: operations["rotateWebhookSecret"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a test webhook
         * @description Sends a signed `webhook.test` event to a URL now, once, and tells what its receiver answered. When webhooks to that URL were switched off, a success switches them on again. Needs the scope `webhooks:write`.
         */
        post: operations["testWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What this server is */
        get: operations["inferenceServer"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/health/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the process lives */
        get: operations["inferenceLive"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/health/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether requests should come here */
        get: operations["inferenceReady"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/models/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a model takes and gives */
        get: operations["inferenceModel"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/models/{name}/infer": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Run a model on an image
         * @description One input, of BYTES and shape [1]: the encoded image. `parameters` may hold `conf`, `iou`, `max_det` and `classes`. The outputs are what was detected, not what the model itself puts out. Waits as `/predict` does; `parameters.job` of the answer is the job. When the wait ends first: 504. Needs the scope `jobs:write`.
         */
        post: operations["infer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/models/{name}/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether a model can be served */
        get: operations["inferenceModelReady"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/models/{name}/versions/{version}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a model takes and gives */
        get: operations["inferenceModelVersion"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/models/{name}/versions/{version}/infer": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Run a model on an image
         * @description One input, of BYTES and shape [1]: the encoded image. `parameters` may hold `conf`, `iou`, `max_det` and `classes`. The outputs are what was detected, not what the model itself puts out. Waits as `/predict` does; `parameters.job` of the answer is the job. When the wait ends first: 504. Needs the scope `jobs:write`.
         */
        post: operations["inferVersion"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/models/{name}/versions/{version}/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether a model can be served */
        get: operations["inferenceModelReadyVersion"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        ApiKey: {
            /** @description Whose key it is. Keys of one client see the same jobs. */
            client: string;
            created_at: string;
            created_by: string;
            expires_at: string | null;
            /** @description Stands in the key itself, after `lupa_`: a key that turns up can be told by it. */
            id: string;
            /** @description To about a minute. */
            last_used_at: string | null;
            /** @description What the key is for. */
            name: string;
            /** @constant */
            object: "api_key";
            /** @description Until then the key before the rotation is good as well. */
            previous_until: string | null;
            /** @description Images a minute of this key alone; null: it shares what its client may send. */
            rate_limit_per_minute: number | null;
            revoked_at: string | null;
            rotated_at: string | null;
            scopes: ("jobs:read" | "jobs:write" | "webhooks:write" | "models:write" | "metrics:read" | "admin")[];
            /** @enum {string} */
            status: "active" | "expired" | "revoked";
        };
        ApiKeyList: {
            data: components["schemas"]["ApiKey"][];
            next_cursor: string | null;
            /** @constant */
            object: "list";
        };
        AuditList: {
            data: components["schemas"]["AuditRecord"][];
            next_cursor: string | null;
            /** @constant */
            object: "list";
        };
        AuditRecord: {
            /** @enum {string} */
            action: "key.created" | "key.rotated" | "key.revoked" | "dead.replayed" | "alias.pointed" | "alias.removed" | "client.erased";
            /** @description Who did it. */
            client: string;
            created_at: string;
            details: {
                [key: string]: string | number | null | string[];
            };
            expires_at: string;
            id: string;
            /** @description With which API key; null: with other credentials, or none. */
            key_id: string | null;
            /** @constant */
            object: "audit_record";
            request_id: string;
            /** @description What it was done to: the id of a key, of a job, a model and its alias, a client. */
            target: string;
            /** @description From where, as far as `USER_IP` lets it be known. */
            user_ip: string | null;
        };
        Batch: {
            /** @description Jobs by status. */
            counts: {
                [key: string]: number;
            };
            created_at: string;
            /** @description True once every job has ended. */
            done: boolean;
            expires_at: string;
            finished_at: string | null;
            id: string;
            links: {
                jobs: string;
                results: string;
                self: string;
            };
            /** @constant */
            object: "batch";
            refused: {
                code: string;
                detail: string;
                image_name: string | null;
            }[];
            /** @description The batch whose failed jobs this one runs again. */
            retry_of: string | null;
            /** @description Its jobs; pictures that were refused are not among them. */
            total: number;
            webhook: {
                url: string;
            } | null;
        };
        BlobEventInput: {
            data?: ({
                api?: string;
                /** @description The same, where `url` is that of Azure Data Lake. */
                blobUrl?: string;
                /** @description Where the blob is. */
                url?: string;
                validationCode?: string;
            } & {
                [key: string]: unknown;
            }) | null;
            eventType?: string;
            type?: string;
        } & {
            [key: string]: unknown;
        };
        Breaker: {
            /** @description What failed last, whether or not it works again. */
            last_error: {
                at: string;
                code: string;
            } | null;
            since: string;
            /**
             * @description `open`: it failed a moment ago, and submits are refused at once; `half_open`: one tries again.
             * @enum {string}
             */
            state: "closed" | "open" | "half_open";
        };
        Classification: {
            class: number;
            confidence: number;
            name: string;
        };
        CocoRle: {
            /** @description Lengths of runs without and with the mask in turn, column by column. */
            counts: string;
            /** @description Height and width of the image. */
            size: [
                number,
                number
            ];
        };
        DeadJob: {
            /** @description How many times a worker has begun this job. */
            attempt: number;
            /** @description The batch it belongs to. */
            batch: string | null;
            /** @description Whether the prediction came from the cache. */
            cache: ("hit" | "miss") | null;
            /** @description Whose job it is. */
            client: string;
            /** @description How sure the model is of `prediction`, 0 to 1. */
            confidence: number | null;
            /** @description RFC 3339, UTC, milliseconds */
            created_at: string;
            /** @description If it has not ended by then it ends as `expired`. */
            deadline_at: string | null;
            /** @description True once the status will not change any more. */
            done: boolean;
            error: components["schemas"]["JobError"] | null;
            /** @description After this the job and its image may be erased. */
            expires_at: string;
            finished_at: string | null;
            /** Format: uuid */
            id: string;
            image: components["schemas"]["Image"];
            /** @description The client's own file name. */
            image_name: string | null;
            links: {
                annotated: string;
                events: string;
                image: string;
                self: string;
            };
            model: components["schemas"]["ModelRef"];
            /** @constant */
            object: "job";
            params: components["schemas"]["Params"];
            /** @description The surest class; null when nothing was detected. */
            prediction: string | null;
            /** @description In the shape of Ultralytics' Results.summary(). Empty: nothing was found. Null: none yet, or too many for a list or a webhook; the job at `links.self` has them. */
            predictions: (components["schemas"]["OrientedDetection"] | components["schemas"]["PosedDetection"] | components["schemas"]["SegmentedDetection"] | components["schemas"]["MaskedDetection"] | components["schemas"]["Detection"] | components["schemas"]["Classification"])[] | null;
            /** @enum {string} */
            priority: "interactive" | "bulk";
            /** @description Milliseconds from a worker taking the job, or the cache answering it, to its result. */
            processing_time: number | null;
            /** @description Where the job waits; null once a worker has taken it. */
            queue: components["schemas"]["QueuePlace"] | null;
            /**
             * Format: uuid
             * @description The same as `id`.
             */
            request_id: string;
            /** @description The job that this one runs again. */
            retry_of: string | null;
            started_at: string | null;
            /** @enum {string} */
            status: "queued" | "running" | "succeeded" | "failed" | "canceled" | "expired";
            tags: string[];
            /** @description When the job was accepted. */
            timestamp: string;
            timings: components["schemas"]["Timings"];
            /** @description From the W3C `traceparent` header of the request. */
            trace_id: string | null;
            webhook: components["schemas"]["Webhook"] | null;
            worker: string | null;
        };
        DeadList: {
            data: components["schemas"]["DeadJob"][];
            next_cursor: string | null;
            /** @constant */
            object: "list";
        };
        Delivery: {
            /** @description RFC 3339, UTC, milliseconds */
            at: string;
            error: string | null;
            /** @enum {string} */
            event: "job.succeeded" | "job.failed" | "job.canceled" | "job.expired";
            /** @description The `webhook-id` header: the same on every try of one event. */
            id: string;
            next_try_at: string | null;
            /** @description What the receiver answered; null: no answer. */
            response_status: number | null;
            /** @enum {string} */
            status: "delivered" | "retrying" | "failed";
            tries: number;
        };
        DeliveryList: {
            data: components["schemas"]["DeliveryLog"][];
            /** @description Give it as `cursor` to get the next page; null: there is none. */
            next_cursor: string | null;
            /** @constant */
            object: "list";
        };
        DeliveryLog: {
            batch_id: string | null;
            created_at: string;
            event: ("job.succeeded" | "job.failed" | "job.canceled" | "job.expired") | "batch.finished";
            /** @description The `webhook-id` header: the same on every try. */
            id: string;
            job_id: string | null;
            next_try_at: string | null;
            /** @constant */
            object: "delivery";
            /** @enum {string} */
            status: "pending" | "retrying" | "delivered" | "failed";
            tries: components["schemas"]["DeliveryTry"][];
            url: string;
        };
        DeliveryTry: {
            at: string;
            duration_ms: number;
            error: string | null;
            /** @description 1 for the first try of this event; counts on over redeliveries. */
            number: number;
            /** @description Where in the schedule it stood: a redelivery begins it anew, at 1. */
            place: number;
            /** @description The first bytes of the answer, as text. */
            response_excerpt: string | null;
            /** @description Null: no answer came. */
            response_status: number | null;
        };
        Detection: {
            box: {
                x1: number;
                x2: number;
                y1: number;
                y2: number;
            };
            class: number;
            confidence: number;
            name: string;
        };
        Erasure: {
            /** @description Whose data. */
            client: string;
            /** @description What is newer stays. */
            created_at: string;
            done_at: string | null;
            id: string;
            /** @description How many jobs are erased so far. */
            jobs: number;
            /** @constant */
            object: "erasure";
            /** @enum {string} */
            status: "running" | "done";
        };
        EventGridHandshake: {
            validationResponse: string;
        };
        EventsTaken: {
            /** @description Events of something else, or of blobs that are not there any more. */
            ignored: number;
            /** @description The jobs made, or made before of the same blobs. */
            jobs: string[];
            /** @description Pictures that cannot be a job; what is wrong is written beside them. */
            refused: number;
        };
        Health: {
            checks?: {
                [key: string]: {
                    breaker: components["schemas"]["Breaker"];
                    error: string | null;
                    latency_ms: number;
                    ok: boolean;
                };
            };
            /** @enum {string} */
            status: "ready" | "not_ready" | "stopping";
            uptime_seconds?: number;
            version?: string;
            /** @description Workers alive; null: Redis cannot be asked. */
            workers?: number | null;
        };
        Image: {
            bytes: number;
            /** @enum {string} */
            format: "jpeg" | "png" | "webp" | "avif" | "tiff" | "gif";
            height: number;
            sha256: string;
            /** @description Pixels, as a person sees it (EXIF orientation applied). */
            width: number;
        };
        InferAnswer: {
            id: string;
            model_name: string;
            model_version: string;
            outputs: {
                data?: unknown[];
                datatype: string;
                name: string;
                shape: number[];
            }[];
            parameters: {
                image_height: number;
                image_width: number;
                job: string;
            };
        };
        InferenceModel: {
            inputs: {
                datatype: string;
                name: string;
                shape: number[];
            }[];
            name: string;
            outputs: {
                datatype: string;
                name: string;
                shape: number[];
            }[];
            platform: string;
            versions: string[];
        };
        InferProblem: {
            /** @enum {string} */
            code: "invalid_parameter" | "body_malformed" | "image_missing" | "unauthorized" | "forbidden" | "cross_site_request" | "host_refused" | "rate_limited" | "too_many_waits" | "route_not_found" | "method_not_allowed" | "job_not_found" | "model_not_found" | "alias_not_found" | "alias_moved" | "alias_refused" | "image_not_found" | "image_too_large" | "image_too_many_pixels" | "body_too_large" | "unsupported_image_type" | "unsupported_media_type" | "too_many_images" | "idempotency_key_reused" | "idempotency_in_progress" | "idempotency_erased" | "job_not_done" | "no_prediction" | "not_acceptable" | "job_not_dead" | "key_not_found" | "key_revoked" | "batch_not_found" | "erasure_not_found" | "delivery_not_found" | "image_url_refused" | "image_url_failed" | "upload_not_found" | "upload_incomplete" | "upload_used" | "link_refused" | "inbox_off" | "blob_refused" | "share_full" | "webhook_url_refused" | "image_unreadable" | "image_quarantined" | "out_of_memory" | "canceled" | "deadline_exceeded" | "execution_timeout" | "worker_lost" | "wait_elapsed" | "queue_ttl_exceeded" | "prediction_failed" | "model_unavailable" | "render_failed" | "worker_not_ready" | "queue_full" | "queue_unavailable" | "store_unavailable" | "fetcher_unavailable" | "identity_unavailable" | "service_stopping" | "request_timeout" | "internal_error";
            detail: string;
            error: string;
            request_id: string;
            status: number;
            title: string;
            type: string;
        };
        Job: {
            /** @description How many times a worker has begun this job. */
            attempt: number;
            /** @description The batch it belongs to. */
            batch: string | null;
            /** @description Whether the prediction came from the cache. */
            cache: ("hit" | "miss") | null;
            /** @description How sure the model is of `prediction`, 0 to 1. */
            confidence: number | null;
            /** @description RFC 3339, UTC, milliseconds */
            created_at: string;
            /** @description If it has not ended by then it ends as `expired`. */
            deadline_at: string | null;
            /** @description True once the status will not change any more. */
            done: boolean;
            error: components["schemas"]["JobError"] | null;
            /** @description After this the job and its image may be erased. */
            expires_at: string;
            finished_at: string | null;
            /** Format: uuid */
            id: string;
            image: components["schemas"]["Image"];
            /** @description The client's own file name. */
            image_name: string | null;
            links: {
                annotated: string;
                events: string;
                image: string;
                self: string;
            };
            model: components["schemas"]["ModelRef"];
            /** @constant */
            object: "job";
            params: components["schemas"]["Params"];
            /** @description The surest class; null when nothing was detected. */
            prediction: string | null;
            /** @description In the shape of Ultralytics' Results.summary(). Empty: nothing was found. Null: none yet, or too many for a list or a webhook; the job at `links.self` has them. */
            predictions: (components["schemas"]["OrientedDetection"] | components["schemas"]["PosedDetection"] | components["schemas"]["SegmentedDetection"] | components["schemas"]["MaskedDetection"] | components["schemas"]["Detection"] | components["schemas"]["Classification"])[] | null;
            /** @enum {string} */
            priority: "interactive" | "bulk";
            /** @description Milliseconds from a worker taking the job, or the cache answering it, to its result. */
            processing_time: number | null;
            /** @description Where the job waits; null once a worker has taken it. */
            queue: components["schemas"]["QueuePlace"] | null;
            /**
             * Format: uuid
             * @description The same as `id`.
             */
            request_id: string;
            /** @description The job that this one runs again. */
            retry_of: string | null;
            started_at: string | null;
            /** @enum {string} */
            status: "queued" | "running" | "succeeded" | "failed" | "canceled" | "expired";
            tags: string[];
            /** @description When the job was accepted. */
            timestamp: string;
            timings: components["schemas"]["Timings"];
            /** @description From the W3C `traceparent` header of the request. */
            trace_id: string | null;
            webhook: components["schemas"]["Webhook"] | null;
            worker: string | null;
        };
        JobError: {
            code: string;
            detail: string;
            retryable: boolean;
            title: string;
        };
        JobList: {
            data: components["schemas"]["Job"][];
            /** @description Give it as `cursor` to get the next page; null: there is none. */
            next_cursor: string | null;
            /** @constant */
            object: "list";
        };
        KeyRequestInput: {
            /** @description Whose key it is. Keys of one client see the same jobs. */
            client: string;
            /**
             * @description Null: it does not expire.
             * @default null
             */
            expires_in_days: number | null;
            /** @description What it is for; the client if not given. */
            name?: string;
            /**
             * @description Images a minute for this key alone, 0 is no limit; null: it shares what its client may send.
             * @default null
             */
            rate_limit_per_minute: number | null;
            /**
             * @description What it may be used for.
             * @default [
             *       "jobs:read",
             *       "jobs:write",
             *       "webhooks:write"
             *     ]
             */
            scopes: ("jobs:read" | "jobs:write" | "webhooks:write" | "models:write" | "metrics:read" | "admin")[];
        };
        MaskedDetection: {
            box: {
                x1: number;
                x2: number;
                y1: number;
                y2: number;
            };
            class: number;
            confidence: number;
            mask: components["schemas"]["CocoRle"];
            name: string;
        };
        Model: {
            /** @description Those that mean this version, as `name@alias`. */
            aliases: string[];
            available: boolean;
            bytes: number | null;
            /** @description Class names by class number. */
            classes: string[] | null;
            /** @description Runs when a request names no model. */
            default: boolean;
            description: string | null;
            digest: string | null;
            /** @description Why it cannot be served, and what to do. */
            failure: string | null;
            /** @description What the model takes, in pixels. */
            imgsz: {
                height: number;
                width: number;
            } | null;
            licence: string | null;
            name: string;
            /** @constant */
            object: "model";
            task: ("classify" | "detect" | "segment" | "pose" | "obb") | null;
            version: string;
            /** @description Live workers that have it loaded. */
            warm_workers: number;
        };
        ModelDetails: {
            /** @description Those that mean this version, as `name@alias`. */
            aliases: string[];
            available: boolean;
            bytes: number | null;
            /** @description Class names by class number. */
            classes: string[] | null;
            /** @description Runs when a request names no model. */
            default: boolean;
            description: string | null;
            digest: string | null;
            /** @description Why it cannot be served, and what to do. */
            failure: string | null;
            /** @description What the model takes, in pixels. */
            imgsz: {
                height: number;
                width: number;
            } | null;
            licence: string | null;
            /** @description What it cannot do, as the manifest says; null if it does not. */
            limits: unknown | null;
            /** @description What was measured, and on what, as the manifest says. */
            metrics: {
                [key: string]: unknown;
            } | null;
            name: string;
            /** @constant */
            object: "model";
            task: ("classify" | "detect" | "segment" | "pose" | "obb") | null;
            /** @description What it has learnt from, as the manifest says; null if it does not. */
            trained_on: unknown | null;
            version: string;
            /** @description All versions of this model, highest first. */
            versions: string[];
            /** @description Live workers that have it loaded. */
            warm_workers: number;
        };
        ModelList: {
            data: components["schemas"]["Model"][];
            /** @constant */
            object: "list";
        };
        ModelRef: {
            digest: string;
            name: string;
            /** @enum {string} */
            task: "classify" | "detect" | "segment" | "pose" | "obb";
            version: string;
        };
        ModelSampleList: {
            data: {
                name: string;
                /** @description Where the picture is, at this service. */
                url: string;
            }[];
            /** @constant */
            object: "list";
        };
        NewApiKey: {
            /** @description Whose key it is. Keys of one client see the same jobs. */
            client: string;
            created_at: string;
            created_by: string;
            expires_at: string | null;
            /** @description Stands in the key itself, after `lupa_`: a key that turns up can be told by it. */
            id: string;
            /** @description The key itself. It is shown this once and cannot be found out again. */
            key: string;
            /** @description To about a minute. */
            last_used_at: string | null;
            /** @description What the key is for. */
            name: string;
            /** @constant */
            object: "api_key";
            /** @description Until then the key before the rotation is good as well. */
            previous_until: string | null;
            /** @description Images a minute of this key alone; null: it shares what its client may send. */
            rate_limit_per_minute: number | null;
            revoked_at: string | null;
            rotated_at: string | null;
            scopes: ("jobs:read" | "jobs:write" | "webhooks:write" | "models:write" | "metrics:read" | "admin")[];
            /** @enum {string} */
            status: "active" | "expired" | "revoked";
        };
        NewUploadInput: {
            /** @description How many bytes it has; others are refused. */
            bytes?: number;
            /** @description What it is, such as `image/jpeg`. */
            content_type?: string;
            /** @description Your own name of the image, such as `bottle.jpg`. */
            name?: string;
            /** @description Of its bytes, in hexadecimal; others are refused. */
            sha256?: string;
        };
        OrientedDetection: {
            box: {
                x1: number;
                x2: number;
                x3: number;
                x4: number;
                y1: number;
                y2: number;
                y3: number;
                y4: number;
            };
            class: number;
            confidence: number;
            name: string;
        };
        Params: {
            /**
             * @description Only detections of these classes, by number. Null: all.
             * @default null
             */
            classes: number[] | null;
            /**
             * @description Detections below this confidence are left out.
             * @default 0.25
             */
            conf: number;
            /**
             * @description Of two boxes of one class that overlap more than this, only the surer one stays.
             * @default 0.7
             */
            iou: number;
            /**
             * @description Of a segment model: `polygon` (as if not given) shows each mask as its outline, in `segments`; `rle` shows the mask itself, of the image's size, in `mask`, as COCO's compressed run-length encoding.
             * @enum {string}
             */
            masks?: "polygon" | "rle";
            /**
             * @description At most this many detections, the surest first.
             * @default 300
             */
            max_det: number;
        };
        PosedDetection: {
            box: {
                x1: number;
                x2: number;
                y1: number;
                y2: number;
            };
            class: number;
            confidence: number;
            keypoints: {
                /** @description How surely each is to be seen, 0 to 1; not of every model. */
                visible?: number[];
                x: number[];
                y: number[];
            };
            name: string;
        };
        PredictProblem: {
            /** @enum {string} */
            code: "invalid_parameter" | "body_malformed" | "image_missing" | "unauthorized" | "forbidden" | "cross_site_request" | "host_refused" | "rate_limited" | "too_many_waits" | "route_not_found" | "method_not_allowed" | "job_not_found" | "model_not_found" | "alias_not_found" | "alias_moved" | "alias_refused" | "image_not_found" | "image_too_large" | "image_too_many_pixels" | "body_too_large" | "unsupported_image_type" | "unsupported_media_type" | "too_many_images" | "idempotency_key_reused" | "idempotency_in_progress" | "idempotency_erased" | "job_not_done" | "no_prediction" | "not_acceptable" | "job_not_dead" | "key_not_found" | "key_revoked" | "batch_not_found" | "erasure_not_found" | "delivery_not_found" | "image_url_refused" | "image_url_failed" | "upload_not_found" | "upload_incomplete" | "upload_used" | "link_refused" | "inbox_off" | "blob_refused" | "share_full" | "webhook_url_refused" | "image_unreadable" | "image_quarantined" | "out_of_memory" | "canceled" | "deadline_exceeded" | "execution_timeout" | "worker_lost" | "wait_elapsed" | "queue_ttl_exceeded" | "prediction_failed" | "model_unavailable" | "render_failed" | "worker_not_ready" | "queue_full" | "queue_unavailable" | "store_unavailable" | "fetcher_unavailable" | "identity_unavailable" | "service_stopping" | "request_timeout" | "internal_error";
            detail: string;
            error: string;
            request_id: string;
            status: number;
            title: string;
            type: string;
        };
        Problem: {
            /** @enum {string} */
            code: "invalid_parameter" | "body_malformed" | "image_missing" | "unauthorized" | "forbidden" | "cross_site_request" | "host_refused" | "rate_limited" | "too_many_waits" | "route_not_found" | "method_not_allowed" | "job_not_found" | "model_not_found" | "alias_not_found" | "alias_moved" | "alias_refused" | "image_not_found" | "image_too_large" | "image_too_many_pixels" | "body_too_large" | "unsupported_image_type" | "unsupported_media_type" | "too_many_images" | "idempotency_key_reused" | "idempotency_in_progress" | "idempotency_erased" | "job_not_done" | "no_prediction" | "not_acceptable" | "job_not_dead" | "key_not_found" | "key_revoked" | "batch_not_found" | "erasure_not_found" | "delivery_not_found" | "image_url_refused" | "image_url_failed" | "upload_not_found" | "upload_incomplete" | "upload_used" | "link_refused" | "inbox_off" | "blob_refused" | "share_full" | "webhook_url_refused" | "image_unreadable" | "image_quarantined" | "out_of_memory" | "canceled" | "deadline_exceeded" | "execution_timeout" | "worker_lost" | "wait_elapsed" | "queue_ttl_exceeded" | "prediction_failed" | "model_unavailable" | "render_failed" | "worker_not_ready" | "queue_full" | "queue_unavailable" | "store_unavailable" | "fetcher_unavailable" | "identity_unavailable" | "service_stopping" | "request_timeout" | "internal_error";
            detail: string;
            request_id: string;
            status: number;
            title: string;
            type: string;
        };
        Queue: {
            /** @description Waiting for their next attempt. */
            delayed: number;
            /** @description Until all that waits now has ended, at that rate. A new job of yours may have its turn before. */
            eta_seconds: number | null;
            /** @description Places on the queue, for jobs that wait or run. */
            limit: number;
            /** @constant */
            object: "queue";
            /** @description Null when none waits. */
            oldest_waiting_seconds: number | null;
            /** @description How fast jobs have ended while there was work in the last half minute; null: none did. */
            rate_per_second: number | null;
            running: number;
            /** @description Places taken. */
            taken: number;
            taken_by_you: number;
            waiting: number;
            /** @description Those alive. */
            workers: {
                busy: number;
                name: string;
                slots: number;
            }[];
        };
        QueuePlace: {
            /** @description Until its end, at the rate of the last half minute; null: not known. */
            eta_seconds: number | null;
            /** @description Jobs that will be taken up to this one; 1 is next. */
            position: number;
        };
        Ready: {
            failing: string[];
            /** @enum {string} */
            status: "ready" | "not_ready" | "stopping";
        };
        ReplayRequestInput: {
            /**
             * @description Or: those that failed with this error, newest first.
             * @enum {string}
             */
            code?: "invalid_parameter" | "body_malformed" | "image_missing" | "unauthorized" | "forbidden" | "cross_site_request" | "host_refused" | "rate_limited" | "too_many_waits" | "route_not_found" | "method_not_allowed" | "job_not_found" | "model_not_found" | "alias_not_found" | "alias_moved" | "alias_refused" | "image_not_found" | "image_too_large" | "image_too_many_pixels" | "body_too_large" | "unsupported_image_type" | "unsupported_media_type" | "too_many_images" | "idempotency_key_reused" | "idempotency_in_progress" | "idempotency_erased" | "job_not_done" | "no_prediction" | "not_acceptable" | "job_not_dead" | "key_not_found" | "key_revoked" | "batch_not_found" | "erasure_not_found" | "delivery_not_found" | "image_url_refused" | "image_url_failed" | "upload_not_found" | "upload_incomplete" | "upload_used" | "link_refused" | "inbox_off" | "blob_refused" | "share_full" | "webhook_url_refused" | "image_unreadable" | "image_quarantined" | "out_of_memory" | "canceled" | "deadline_exceeded" | "execution_timeout" | "worker_lost" | "wait_elapsed" | "queue_ttl_exceeded" | "prediction_failed" | "model_unavailable" | "render_failed" | "worker_not_ready" | "queue_full" | "queue_unavailable" | "store_unavailable" | "fetcher_unavailable" | "identity_unavailable" | "service_stopping" | "request_timeout" | "internal_error";
            /** @description Which to replay. */
            ids?: string[];
            /** @description With `code`: at most so many; 100 if not given. */
            limit?: number;
        };
        Replays: {
            /** @constant */
            object: "replays";
            refused: {
                code: string;
                detail: string;
                id: string;
            }[];
            replayed: {
                id: string;
                /** @description The new job. */
                job: string;
            }[];
        };
        RoboflowAnswer: {
            confidence?: number;
            image: {
                height: number;
                width: number;
            };
            /** @description The job. */
            inference_id: string;
            predictions: {
                class: string;
                class_id: number;
                confidence: number;
                detection_id?: string;
                height?: number;
                keypoints?: {
                    class: string;
                    class_id: number;
                    confidence: number;
                    x: number;
                    y: number;
                }[];
                points?: {
                    x: number;
                    y: number;
                }[];
                width?: number;
                /** @description The centre, in pixels. */
                x?: number;
                y?: number;
            }[];
            /** @description Seconds that the model took. */
            time: number;
            top?: string;
        };
        RoboflowProblem: {
            /** @enum {string} */
            code: "invalid_parameter" | "body_malformed" | "image_missing" | "unauthorized" | "forbidden" | "cross_site_request" | "host_refused" | "rate_limited" | "too_many_waits" | "route_not_found" | "method_not_allowed" | "job_not_found" | "model_not_found" | "alias_not_found" | "alias_moved" | "alias_refused" | "image_not_found" | "image_too_large" | "image_too_many_pixels" | "body_too_large" | "unsupported_image_type" | "unsupported_media_type" | "too_many_images" | "idempotency_key_reused" | "idempotency_in_progress" | "idempotency_erased" | "job_not_done" | "no_prediction" | "not_acceptable" | "job_not_dead" | "key_not_found" | "key_revoked" | "batch_not_found" | "erasure_not_found" | "delivery_not_found" | "image_url_refused" | "image_url_failed" | "upload_not_found" | "upload_incomplete" | "upload_used" | "link_refused" | "inbox_off" | "blob_refused" | "share_full" | "webhook_url_refused" | "image_unreadable" | "image_quarantined" | "out_of_memory" | "canceled" | "deadline_exceeded" | "execution_timeout" | "worker_lost" | "wait_elapsed" | "queue_ttl_exceeded" | "prediction_failed" | "model_unavailable" | "render_failed" | "worker_not_ready" | "queue_full" | "queue_unavailable" | "store_unavailable" | "fetcher_unavailable" | "identity_unavailable" | "service_stopping" | "request_timeout" | "internal_error";
            detail: string;
            message: string;
            request_id: string;
            status: number;
            title: string;
            type: string;
        };
        RoboflowRegistry: {
            models: {
                batch_size: number;
                input_height: number;
                input_width: number;
                model_id: string;
                task_type: string;
            }[];
        };
        RotateRequestInput: {
            /** @description How long the key as it was is good as well; 24 if not given. */
            overlap_hours?: number;
        };
        SegmentedDetection: {
            box: {
                x1: number;
                x2: number;
                y1: number;
                y2: number;
            };
            class: number;
            confidence: number;
            name: string;
            segments: {
                x: number[];
                y: number[];
            };
        };
        Timings: {
            /** @description How many images the model computed at once, this one among them. */
            batch_size?: number | null;
            /** @description Reading the image from the store. */
            download_ms: number | null;
            /** @description The model itself, on all images of its batch. */
            inference_ms: number | null;
            /** @description From the output of the model to the prediction. */
            postprocess_ms: number | null;
            /** @description Decoding and fitting the image to the model. */
            preprocess_ms: number | null;
            /** @description From the job being accepted to a worker taking it. */
            queue_ms: number | null;
            /** @description From the job being accepted to its end. */
            total_ms: number | null;
        };
        UnfinishedRender: {
            /** @constant */
            done: false;
            links: {
                self: string;
            };
            /** @constant */
            object: "render";
        };
        Upload: {
            /** @description Until then the URL takes bytes. */
            expires_at: string;
            /** @description To be sent with them, as they are. */
            headers: {
                [key: string]: string;
            };
            max_bytes: number;
            /** @constant */
            method: "PUT";
            /** @constant */
            object: "upload";
            /** @description For `POST /v1/jobs`, once the image is there. Yours alone. */
            upload_id: string;
            /** @description Where to put the bytes. Whoever has it may do that: keep it to yourself. */
            url: string;
            /** @description Until then a job can be made of the upload. */
            usable_until: string;
        };
        Webhook: {
            events: ("job.succeeded" | "job.failed" | "job.canceled" | "job.expired")[];
            last_delivery: components["schemas"]["Delivery"] | null;
            url: string;
        };
        WebhookReceiver: {
            failing_since: string | null;
            /** @constant */
            object: "webhook_receiver";
            /** @description Why webhooks to this URL were switched off. */
            reason: string | null;
            /**
             * @description `failing`: no try has succeeded since `failing_since`. `off`: nothing is sent any more.
             * @enum {string}
             */
            status: "on" | "failing" | "off";
            switched_off_at: string | null;
            url: string;
        };
        WebhookSecret: {
            /** @constant */
            object: "webhook_secret";
            /** @description Until then webhooks are signed with the secret before as well; null: with this one only. */
            previous_until: string | null;
            /** @description `whsec_…`, for your verifier. */
            secret: string;
        };
        WebhookTest: {
            /** @description Whether the receiver answered 2xx. */
            delivered: boolean;
            duration_ms: number;
            error: string | null;
            /** @description The `webhook-id` header that was sent. */
            id: string;
            /** @constant */
            object: "webhook_test";
            /** @description The first bytes of the answer, as text. */
            response_excerpt: string | null;
            /** @description Null: no answer came. */
            response_status: number | null;
            /** @description True when webhooks to this URL had been switched off, and are on again by this test. */
            switched_on: boolean;
            url: string;
        };
        WebhookTestRequestInput: {
            /** @description Where to send the test. */
            url: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    health: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            /** @description This client may not do that, or a browser sent it for a page of another site. */
            403: {
                headers: {
                    /** @description The scope that is needed (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again after `Retry-After` seconds. */
            503: {
                headers: {
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
        };
    };
    livez: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {string} */
                        status: "alive";
                    };
                };
            };
        };
    };
    predict: {
        parameters: {
            query?: {
                /** @description A job that has not ended as many seconds after it was accepted ends as `expired`, with `deadline_exceeded`. */
                cancel_after_seconds?: number;
                /** @description Only detections of these classes, by name or number. Not given: all. */
                classes?: (number | string)[];
                /** @description Detections below this confidence are left out. */
                conf?: number;
                /** @description Of two boxes of one class that overlap more than this, only the surer one stays. */
                iou?: number;
                /** @description Of a segment model: `polygon` (as if not given) shows each mask as its outline, in `segments`; `rle` shows the mask itself, of the image's size, in `mask`, as COCO's compressed run-length encoding. */
                masks?: "polygon" | "rle";
                /** @description At most this many detections, the surest first. */
                max_det?: number;
                /** @description `name`, `name@version` or `name@alias`; a name alone means its alias `stable`, or where there is none its highest version. */
                model?: string;
                /** @description Who waits: `interactive` jobs (the default) go before `bulk` ones, which are not starved. */
                priority?: "interactive" | "bulk";
                /** @description How long to keep the job and its image after it was accepted. Not given: as long as the service keeps jobs, which is also the most; a minute is the least, or `0`: until its result was handed over. */
                retention_seconds?: number;
                /** @description Words of your own, to find jobs by: at most 10, of at most 64 characters. */
                tags?: string[];
                /** @description Which events to send to `webhook_url`. Not given: all. */
                webhook_events?: ("job.succeeded" | "job.failed" | "job.canceled" | "job.expired")[];
                /** @description Where to POST the job once it is done. */
                webhook_url?: string;
            };
            header?: {
                /** @description `no-cache`: compute the prediction anew. */
                "Cache-Control"?: string;
                /** @description For sending the same request again without making a second job or batch: 1 to 255 printable ASCII characters, new for each request, kept for 24 hours. A repeated request is answered with `Idempotency-Replayed: true`, or with 410 if what it made was erased since. */
                "Idempotency-Key"?: string;
                /** @description How long to wait for the result before answering with the unfinished job (RFC 7240). */
                Prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description A job that has not ended as many seconds after it was accepted ends as `expired`, with `deadline_exceeded`. */
                    cancel_after_seconds?: number;
                    /** @description Only detections of these classes, by name or number. Not given: all. */
                    classes?: (number | string)[];
                    /** @description Detections below this confidence are left out. */
                    conf?: number;
                    /** @description The image, base64-encoded; a `data:` URL is taken too. */
                    image_base64?: string;
                    /**
                     * Format: uri
                     * @description Where the image is. It must arrive within 10 seconds.
                     */
                    image_url?: string;
                    /** @description Of two boxes of one class that overlap more than this, only the surer one stays. */
                    iou?: number;
                    /**
                     * @description Of a segment model: `polygon` (as if not given) shows each mask as its outline, in `segments`; `rle` shows the mask itself, of the image's size, in `mask`, as COCO's compressed run-length encoding.
                     * @enum {string}
                     */
                    masks?: "polygon" | "rle";
                    /** @description At most this many detections, the surest first. */
                    max_det?: number;
                    /** @description `name`, `name@version` or `name@alias`; a name alone means its alias `stable`, or where there is none its highest version. */
                    model?: string;
                    /**
                     * @description Who waits: `interactive` jobs (the default) go before `bulk` ones, which are not starved.
                     * @enum {string}
                     */
                    priority?: "interactive" | "bulk";
                    /** @description How long to keep the job and its image after it was accepted. Not given: as long as the service keeps jobs, which is also the most; a minute is the least, or `0`: until its result was handed over. */
                    retention_seconds?: number;
                    /** @description Words of your own, to find jobs by: at most 10, of at most 64 characters. */
                    tags?: string[];
                    /** @description Of an image that was put where `POST /v1/uploads` said. */
                    upload_id?: string;
                    /** @description Which events to send to `webhook_url`. Not given: all. */
                    webhook_events?: ("job.succeeded" | "job.failed" | "job.canceled" | "job.expired")[];
                    /** @description Where to POST the job once it is done. */
                    webhook_url?: string;
                } & (unknown | unknown | unknown);
                "application/octet-stream": string;
                "image/avif": string;
                "image/gif": string;
                "image/jpeg": string;
                "image/png": string;
                "image/tiff": string;
                "image/webp": string;
                "multipart/form-data": {
                    /** @description A job that has not ended as many seconds after it was accepted ends as `expired`, with `deadline_exceeded`. */
                    cancel_after_seconds?: number;
                    /** @description Only detections of these classes, by name or number. Not given: all. */
                    classes?: (number | string)[];
                    /** @description Detections below this confidence are left out. */
                    conf?: number;
                    /** Format: binary */
                    file?: string;
                    /** Format: binary */
                    image?: string;
                    /** @description Of two boxes of one class that overlap more than this, only the surer one stays. */
                    iou?: number;
                    /**
                     * @description Of a segment model: `polygon` (as if not given) shows each mask as its outline, in `segments`; `rle` shows the mask itself, of the image's size, in `mask`, as COCO's compressed run-length encoding.
                     * @enum {string}
                     */
                    masks?: "polygon" | "rle";
                    /** @description At most this many detections, the surest first. */
                    max_det?: number;
                    /** @description `name`, `name@version` or `name@alias`; a name alone means its alias `stable`, or where there is none its highest version. */
                    model?: string;
                    /**
                     * @description Who waits: `interactive` jobs (the default) go before `bulk` ones, which are not starved.
                     * @enum {string}
                     */
                    priority?: "interactive" | "bulk";
                    /** @description How long to keep the job and its image after it was accepted. Not given: as long as the service keeps jobs, which is also the most; a minute is the least, or `0`: until its result was handed over. */
                    retention_seconds?: number;
                    /** @description Words of your own, to find jobs by: at most 10, of at most 64 characters. */
                    tags?: string[];
                    /** @description Which events to send to `webhook_url`. Not given: all. */
                    webhook_events?: ("job.succeeded" | "job.failed" | "job.canceled" | "job.expired")[];
                    /** @description Where to POST the job once it is done. */
                    webhook_url?: string;
                } & (unknown | unknown);
            };
        };
        responses: {
            /** @description Here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description The job is accepted and not done yet; its address is in `Location`. */
            202: {
                headers: {
                    /** @description Where the job is. */
                    Location?: string;
                    /** @description The wait that was done, when one was wished. */
                    "Preference-Applied"?: string;
                    /** @description Seconds after which to ask for the job. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description Something in the request is wrong: `detail` says what, and what is allowed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["PredictProblem"];
                };
            };
            /** @description The credentials are missing or wrong. */
            401: {
                headers: {
                    /** @description How to say who you are: `Bearer`, and `Basic` where there is a password. */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["PredictProblem"];
                };
            };
            /** @description This client may not do that, or a browser sent it for a page of another site. */
            403: {
                headers: {
                    /** @description The scope that is needed (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["PredictProblem"];
                };
            };
            /** @description There is no such thing, or it is not yours. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["PredictProblem"];
                };
            };
            /** @description Not as things stand: `detail` says why. */
            409: {
                headers: {
                    /** @description Seconds after which to try again, where that may help. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["PredictProblem"];
                };
            };
            /** @description What the first request with this `Idempotency-Key` made was erased. */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["PredictProblem"];
                };
            };
            /** @description The image has too many bytes or pixels. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["PredictProblem"];
                };
            };
            /** @description It was understood and cannot be done: `detail` says why. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["PredictProblem"];
                };
            };
            /** @description Your share, or what you may send for now, is used up: try again after `Retry-After` seconds. */
            429: {
                headers: {
                    /** @description What is left of it. */
                    RateLimit?: string;
                    /** @description What you may send, on requests that bring images. */
                    "RateLimit-Policy"?: string;
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["PredictProblem"];
                };
            };
            /** @description Not now: try again after `Retry-After` seconds. */
            503: {
                headers: {
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["PredictProblem"];
                };
            };
            /** @description The job did not end in time. */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["PredictProblem"];
                };
            };
        };
    };
    readyz: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ready"];
                };
            };
            /** @description Not now: try again after `Retry-After` seconds. */
            503: {
                headers: {
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ready"];
                };
            };
        };
    };
    roboflowInfer: {
        parameters: {
            query?: {
                /** @description An API key, where it cannot be sent in a header. */
                api_key?: string;
                classes?: string;
                confidence?: string;
                /** @description Where the image is, instead of a body. */
                image?: string;
                max_detections?: string;
                overlap?: string;
            };
            header?: {
                /** @description For sending the same request again without making a second job or batch: 1 to 255 printable ASCII characters, new for each request, kept for 24 hours. A repeated request is answered with `Idempotency-Replayed: true`, or with 410 if what it made was erased since. */
                "Idempotency-Key"?: string;
            };
            path: {
                model: string;
                /** @description A version, or an alias. */
                version: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": string;
                "application/x-www-form-urlencoded": string;
            };
        };
        responses: {
            /** @description Here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RoboflowAnswer"];
                };
            };
            /** @description Something in the request is wrong: `detail` says what, and what is allowed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RoboflowProblem"];
                };
            };
            /** @description The credentials are missing or wrong. */
            401: {
                headers: {
                    /** @description How to say who you are: `Bearer`, and `Basic` where there is a password. */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RoboflowProblem"];
                };
            };
            /** @description This client may not do that, or a browser sent it for a page of another site. */
            403: {
                headers: {
                    /** @description The scope that is needed (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing, or it is not yours. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RoboflowProblem"];
                };
            };
            /** @description The image has too many bytes or pixels. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RoboflowProblem"];
                };
            };
            /** @description This is none of the image types that are taken. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RoboflowProblem"];
                };
            };
            /** @description It was understood and cannot be done: `detail` says why. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RoboflowProblem"];
                };
            };
            /** @description Your share, or what you may send for now, is used up: try again after `Retry-After` seconds. */
            429: {
                headers: {
                    /** @description What is left of it. */
                    RateLimit?: string;
                    /** @description What you may send, on requests that bring images. */
                    "RateLimit-Policy"?: string;
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RoboflowProblem"];
                };
            };
            /** @description Not now: try again after `Retry-After` seconds. */
            503: {
                headers: {
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RoboflowProblem"];
                };
            };
            /** @description The job did not end in time. */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RoboflowProblem"];
                };
            };
        };
    };
    roboflowInferTask: {
        parameters: {
            query?: {
                /** @description An API key, where it cannot be sent in a header. */
                api_key?: string;
            };
            header?: {
                /** @description For sending the same request again without making a second job or batch: 1 to 255 printable ASCII characters, new for each request, kept for 24 hours. A repeated request is answered with `Idempotency-Replayed: true`, or with 410 if what it made was erased since. */
                "Idempotency-Key"?: string;
            };
            path: {
                task: "object_detection" | "instance_segmentation" | "classification" | "keypoints_detection";
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description Here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RoboflowAnswer"];
                };
            };
            /** @description Something in the request is wrong: `detail` says what, and what is allowed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RoboflowProblem"];
                };
            };
            /** @description The credentials are missing or wrong. */
            401: {
                headers: {
                    /** @description How to say who you are: `Bearer`, and `Basic` where there is a password. */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RoboflowProblem"];
                };
            };
            /** @description This client may not do that, or a browser sent it for a page of another site. */
            403: {
                headers: {
                    /** @description The scope that is needed (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing, or it is not yours. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RoboflowProblem"];
                };
            };
            /** @description The image has too many bytes or pixels. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RoboflowProblem"];
                };
            };
            /** @description This is none of the image types that are taken. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RoboflowProblem"];
                };
            };
            /** @description It was understood and cannot be done: `detail` says why. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RoboflowProblem"];
                };
            };
            /** @description Your share, or what you may send for now, is used up: try again after `Retry-After` seconds. */
            429: {
                headers: {
                    /** @description What is left of it. */
                    RateLimit?: string;
                    /** @description What you may send, on requests that bring images. */
                    "RateLimit-Policy"?: string;
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RoboflowProblem"];
                };
            };
            /** @description Not now: try again after `Retry-After` seconds. */
            503: {
                headers: {
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RoboflowProblem"];
                };
            };
            /** @description The job did not end in time. */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RoboflowProblem"];
                };
            };
        };
    };
    roboflowAddModel: {
        parameters: {
            query?: {
                /** @description An API key, where it cannot be sent in a header. */
                api_key?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": unknown;
            };
        };
        responses: {
            /** @description Here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RoboflowRegistry"];
                };
            };
            /** @description Something in the request is wrong: `detail` says what, and what is allowed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RoboflowProblem"];
                };
            };
            /** @description The credentials are missing or wrong. */
            401: {
                headers: {
                    /** @description How to say who you are: `Bearer`, and `Basic` where there is a password. */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RoboflowProblem"];
                };
            };
            /** @description This client may not do that, or a browser sent it for a page of another site. */
            403: {
                headers: {
                    /** @description The scope that is needed (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing, or it is not yours. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RoboflowProblem"];
                };
            };
            /** @description Your share, or what you may send for now, is used up: try again after `Retry-After` seconds. */
            429: {
                headers: {
                    /** @description What is left of it. */
                    RateLimit?: string;
                    /** @description What you may send, on requests that bring images. */
                    "RateLimit-Policy"?: string;
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again after `Retry-After` seconds. */
            503: {
                headers: {
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RoboflowProblem"];
                };
            };
        };
    };
    roboflowModels: {
        parameters: {
            query?: {
                /** @description An API key, where it cannot be sent in a header. */
                api_key?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RoboflowRegistry"];
                };
            };
            /** @description The credentials are missing or wrong. */
            401: {
                headers: {
                    /** @description How to say who you are: `Bearer`, and `Basic` where there is a password. */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RoboflowProblem"];
                };
            };
            /** @description This client may not do that, or a browser sent it for a page of another site. */
            403: {
                headers: {
                    /** @description The scope that is needed (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Your share, or what you may send for now, is used up: try again after `Retry-After` seconds. */
            429: {
                headers: {
                    /** @description What is left of it. */
                    RateLimit?: string;
                    /** @description What you may send, on requests that bring images. */
                    "RateLimit-Policy"?: string;
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again after `Retry-After` seconds. */
            503: {
                headers: {
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RoboflowProblem"];
                };
            };
        };
    };
    listAudit: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before. */
                cursor?: string;
                /** @description How many per page. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditList"];
                };
            };
            /** @description Something in the request is wrong: `detail` says what, and what is allowed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The credentials are missing or wrong. */
            401: {
                headers: {
                    /** @description How to say who you are: `Bearer`, and `Basic` where there is a password. */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This client may not do that, or a browser sent it for a page of another site. */
            403: {
                headers: {
                    /** @description The scope that is needed (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Your share, or what you may send for now, is used up: try again after `Retry-After` seconds. */
            429: {
                headers: {
                    /** @description What is left of it. */
                    RateLimit?: string;
                    /** @description What you may send, on requests that bring images. */
                    "RateLimit-Policy"?: string;
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again after `Retry-After` seconds. */
            503: {
                headers: {
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createBatch: {
        parameters: {
            query?: {
                /** @description A job that has not ended as many seconds after it was accepted ends as `expired`, with `deadline_exceeded`. */
                cancel_after_seconds?: number;
                /** @description Only detections of these classes, by name or number. Not given: all. */
                classes?: (number | string)[];
                /** @description Detections below this confidence are left out. */
                conf?: number;
                /** @description Of two boxes of one class that overlap more than this, only the surer one stays. */
                iou?: number;
                /** @description Of a segment model: `polygon` (as if not given) shows each mask as its outline, in `segments`; `rle` shows the mask itself, of the image's size, in `mask`, as COCO's compressed run-length encoding. */
                masks?: "polygon" | "rle";
                /** @description At most this many detections, the surest first. */
                max_det?: number;
                /** @description `name`, `name@version` or `name@alias`; a name alone means its alias `stable`, or where there is none its highest version. */
                model?: string;
                /** @description Who waits: `interactive` jobs go before `bulk` ones (the default here), which are not starved. */
                priority?: "interactive" | "bulk";
                /** @description How long to keep the job and its image after it was accepted. Not given: as long as the service keeps jobs, which is also the most; a minute is the least, or `0`: until its result was handed over. */
                retention_seconds?: number;
                /** @description Words of your own, to find jobs by: at most 10, of at most 64 characters. */
                tags?: string[];
                /** @description Where to POST `batch.finished`, once, when all jobs are done. */
                webhook_url?: string;
            };
            header?: {
                /** @description For sending the same request again without making a second job or batch: 1 to 255 printable ASCII characters, new for each request, kept for 24 hours. A repeated request is answered with `Idempotency-Replayed: true`, or with 410 if what it made was erased since. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description A job that has not ended as many seconds after it was accepted ends as `expired`, with `deadline_exceeded`. */
                    cancel_after_seconds?: number;
                    /** @description Only detections of these classes, by name or number. Not given: all. */
                    classes?: (number | string)[];
                    /** @description Detections below this confidence are left out. */
                    conf?: number;
                    /** @description Where the images are. Each must arrive within 10 seconds. */
                    image_urls?: string[];
                    /** @description Of two boxes of one class that overlap more than this, only the surer one stays. */
                    iou?: number;
                    /**
                     * @description Of a segment model: `polygon` (as if not given) shows each mask as its outline, in `segments`; `rle` shows the mask itself, of the image's size, in `mask`, as COCO's compressed run-length encoding.
                     * @enum {string}
                     */
                    masks?: "polygon" | "rle";
                    /** @description At most this many detections, the surest first. */
                    max_det?: number;
                    /** @description `name`, `name@version` or `name@alias`; a name alone means its alias `stable`, or where there is none its highest version. */
                    model?: string;
                    /**
                     * @description Who waits: `interactive` jobs go before `bulk` ones (the default here), which are not starved.
                     * @enum {string}
                     */
                    priority?: "interactive" | "bulk";
                    /** @description How long to keep the job and its image after it was accepted. Not given: as long as the service keeps jobs, which is also the most; a minute is the least, or `0`: until its result was handed over. */
                    retention_seconds?: number;
                    /** @description Words of your own, to find jobs by: at most 10, of at most 64 characters. */
                    tags?: string[];
                    /** @description Of images that were put where `POST /v1/uploads` said. */
                    upload_ids?: string[];
                    /** @description Where to POST `batch.finished`, once, when all jobs are done. */
                    webhook_url?: string;
                } & (unknown | unknown);
                "application/zip": string;
                "multipart/form-data": {
                    archive?: string[];
                    /** @description A job that has not ended as many seconds after it was accepted ends as `expired`, with `deadline_exceeded`. */
                    cancel_after_seconds?: number;
                    /** @description Only detections of these classes, by name or number. Not given: all. */
                    classes?: (number | string)[];
                    /** @description Detections below this confidence are left out. */
                    conf?: number;
                    file?: string[];
                    image?: string[];
                    /** @description Of two boxes of one class that overlap more than this, only the surer one stays. */
                    iou?: number;
                    /**
                     * @description Of a segment model: `polygon` (as if not given) shows each mask as its outline, in `segments`; `rle` shows the mask itself, of the image's size, in `mask`, as COCO's compressed run-length encoding.
                     * @enum {string}
                     */
                    masks?: "polygon" | "rle";
                    /** @description At most this many detections, the surest first. */
                    max_det?: number;
                    /** @description `name`, `name@version` or `name@alias`; a name alone means its alias `stable`, or where there is none its highest version. */
                    model?: string;
                    /**
                     * @description Who waits: `interactive` jobs go before `bulk` ones (the default here), which are not starved.
                     * @enum {string}
                     */
                    priority?: "interactive" | "bulk";
                    /** @description How long to keep the job and its image after it was accepted. Not given: as long as the service keeps jobs, which is also the most; a minute is the least, or `0`: until its result was handed over. */
                    retention_seconds?: number;
                    /** @description Words of your own, to find jobs by: at most 10, of at most 64 characters. */
                    tags?: string[];
                    /** @description Where to POST `batch.finished`, once, when all jobs are done. */
                    webhook_url?: string;
                };
            };
        };
        responses: {
            /** @description The job is accepted and not done yet; its address is in `Location`. */
            202: {
                headers: {
                    /** @description Where the job is. */
                    Location?: string;
                    /** @description The wait that was done, when one was wished. */
                    "Preference-Applied"?: string;
                    /** @description Seconds after which to ask for the job. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Batch"];
                };
            };
            /** @description Something in the request is wrong: `detail` says what, and what is allowed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The credentials are missing or wrong. */
            401: {
                headers: {
                    /** @description How to say who you are: `Bearer`, and `Basic` where there is a password. */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This client may not do that, or a browser sent it for a page of another site. */
            403: {
                headers: {
                    /** @description The scope that is needed (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing, or it is not yours. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not as things stand: `detail` says why. */
            409: {
                headers: {
                    /** @description Seconds after which to try again, where that may help. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What the first request with this `Idempotency-Key` made was erased. */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The image has too many bytes or pixels. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This is none of the image types that are taken. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It was understood and cannot be done: `detail` says why. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Your share, or what you may send for now, is used up: try again after `Retry-After` seconds. */
            429: {
                headers: {
                    /** @description What is left of it. */
                    RateLimit?: string;
                    /** @description What you may send, on requests that bring images. */
                    "RateLimit-Policy"?: string;
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again after `Retry-After` seconds. */
            503: {
                headers: {
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getBatch: {
        parameters: {
            query?: {
                /** @description Answer only once the batch is done, or after as many seconds: 60 at most, 30 without a number. */
                wait?: number;
            };
            header?: never;
            path: {
                /** @description The batch's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Batch"];
                };
            };
            /** @description Something in the request is wrong: `detail` says what, and what is allowed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The credentials are missing or wrong. */
            401: {
                headers: {
                    /** @description How to say who you are: `Bearer`, and `Basic` where there is a password. */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This client may not do that, or a browser sent it for a page of another site. */
            403: {
                headers: {
                    /** @description The scope that is needed (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing, or it is not yours. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Your share, or what you may send for now, is used up: try again after `Retry-After` seconds. */
            429: {
                headers: {
                    /** @description What is left of it. */
                    RateLimit?: string;
                    /** @description What you may send, on requests that bring images. */
                    "RateLimit-Policy"?: string;
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again after `Retry-After` seconds. */
            503: {
                headers: {
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    eraseBatch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The batch's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Nothing more to say. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The credentials are missing or wrong. */
            401: {
                headers: {
                    /** @description How to say who you are: `Bearer`, and `Basic` where there is a password. */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This client may not do that, or a browser sent it for a page of another site. */
            403: {
                headers: {
                    /** @description The scope that is needed (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing, or it is not yours. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Your share, or what you may send for now, is used up: try again after `Retry-After` seconds. */
            429: {
                headers: {
                    /** @description What is left of it. */
                    RateLimit?: string;
                    /** @description What you may send, on requests that bring images. */
                    "RateLimit-Policy"?: string;
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again after `Retry-After` seconds. */
            503: {
                headers: {
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cancelBatch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The batch's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Batch"];
                };
            };
            /** @description The credentials are missing or wrong. */
            401: {
                headers: {
                    /** @description How to say who you are: `Bearer`, and `Basic` where there is a password. */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This client may not do that, or a browser sent it for a page of another site. */
            403: {
                headers: {
                    /** @description The scope that is needed (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing, or it is not yours. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Your share, or what you may send for now, is used up: try again after `Retry-After` seconds. */
            429: {
                headers: {
                    /** @description What is left of it. */
                    RateLimit?: string;
                    /** @description What you may send, on requests that bring images. */
                    "RateLimit-Policy"?: string;
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again after `Retry-After` seconds. */
            503: {
                headers: {
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getBatchResults: {
        parameters: {
            query?: {
                /** @description Only jobs of this status. */
                status?: "queued" | "running" | "succeeded" | "failed" | "canceled" | "expired";
            };
            header?: never;
            path: {
                /** @description The batch's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The jobs. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": components["schemas"]["Job"];
                };
            };
            /** @description Something in the request is wrong: `detail` says what, and what is allowed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The credentials are missing or wrong. */
            401: {
                headers: {
                    /** @description How to say who you are: `Bearer`, and `Basic` where there is a password. */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This client may not do that, or a browser sent it for a page of another site. */
            403: {
                headers: {
                    /** @description The scope that is needed (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing, or it is not yours. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Your share, or what you may send for now, is used up: try again after `Retry-After` seconds. */
            429: {
                headers: {
                    /** @description What is left of it. */
                    RateLimit?: string;
                    /** @description What you may send, on requests that bring images. */
                    "RateLimit-Policy"?: string;
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again after `Retry-After` seconds. */
            503: {
                headers: {
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    retryBatch: {
        parameters: {
            query?: never;
            header?: {
                /** @description For sending the same request again without making a second job or batch: 1 to 255 printable ASCII characters, new for each request, kept for 24 hours. A repeated request is answered with `Idempotency-Replayed: true`, or with 410 if what it made was erased since. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The batch's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job is accepted and not done yet; its address is in `Location`. */
            202: {
                headers: {
                    /** @description Where the job is. */
                    Location?: string;
                    /** @description The wait that was done, when one was wished. */
                    "Preference-Applied"?: string;
                    /** @description Seconds after which to ask for the job. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Batch"];
                };
            };
            /** @description Something in the request is wrong: `detail` says what, and what is allowed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The credentials are missing or wrong. */
            401: {
                headers: {
                    /** @description How to say who you are: `Bearer`, and `Basic` where there is a password. */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This client may not do that, or a browser sent it for a page of another site. */
            403: {
                headers: {
                    /** @description The scope that is needed (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing, or it is not yours. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not as things stand: `detail` says why. */
            409: {
                headers: {
                    /** @description Seconds after which to try again, where that may help. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What the first request with this `Idempotency-Key` made was erased. */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It was understood and cannot be done: `detail` says why. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Your share, or what you may send for now, is used up: try again after `Retry-After` seconds. */
            429: {
                headers: {
                    /** @description What is left of it. */
                    RateLimit?: string;
                    /** @description What you may send, on requests that bring images. */
                    "RateLimit-Policy"?: string;
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again after `Retry-After` seconds. */
            503: {
                headers: {
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    eraseClientData: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description As jobs name it: `key:<client>`, `basic:<user name>`, `oidc:<id>` or `local`. */
                client: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job is accepted and not done yet; its address is in `Location`. */
            202: {
                headers: {
                    /** @description Where the job is. */
                    Location?: string;
                    /** @description The wait that was done, when one was wished. */
                    "Preference-Applied"?: string;
                    /** @description Seconds after which to ask for the job. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Erasure"];
                };
            };
            /** @description Something in the request is wrong: `detail` says what, and what is allowed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The credentials are missing or wrong. */
            401: {
                headers: {
                    /** @description How to say who you are: `Bearer`, and `Basic` where there is a password. */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This client may not do that, or a browser sent it for a page of another site. */
            403: {
                headers: {
                    /** @description The scope that is needed (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Your share, or what you may send for now, is used up: try again after `Retry-After` seconds. */
            429: {
                headers: {
                    /** @description What is left of it. */
                    RateLimit?: string;
                    /** @description What you may send, on requests that bring images. */
                    "RateLimit-Policy"?: string;
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again after `Retry-After` seconds. */
            503: {
                headers: {
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    eraseOwnData: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job is accepted and not done yet; its address is in `Location`. */
            202: {
                headers: {
                    /** @description Where the job is. */
                    Location?: string;
                    /** @description The wait that was done, when one was wished. */
                    "Preference-Applied"?: string;
                    /** @description Seconds after which to ask for the job. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Erasure"];
                };
            };
            /** @description The credentials are missing or wrong. */
            401: {
                headers: {
                    /** @description How to say who you are: `Bearer`, and `Basic` where there is a password. */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This client may not do that, or a browser sent it for a page of another site. */
            403: {
                headers: {
                    /** @description The scope that is needed (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Your share, or what you may send for now, is used up: try again after `Retry-After` seconds. */
            429: {
                headers: {
                    /** @description What is left of it. */
                    RateLimit?: string;
                    /** @description What you may send, on requests that bring images. */
                    "RateLimit-Policy"?: string;
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again after `Retry-After` seconds. */
            503: {
                headers: {
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listDead: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before. */
                cursor?: string;
                /** @description How many per page. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeadList"];
                };
            };
            /** @description Something in the request is wrong: `detail` says what, and what is allowed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The credentials are missing or wrong. */
            401: {
                headers: {
                    /** @description How to say who you are: `Bearer`, and `Basic` where there is a password. */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This client may not do that, or a browser sent it for a page of another site. */
            403: {
                headers: {
                    /** @description The scope that is needed (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Your share, or what you may send for now, is used up: try again after `Retry-After` seconds. */
            429: {
                headers: {
                    /** @description What is left of it. */
                    RateLimit?: string;
                    /** @description What you may send, on requests that bring images. */
                    "RateLimit-Policy"?: string;
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again after `Retry-After` seconds. */
            503: {
                headers: {
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    replayDead: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The job's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job is accepted and not done yet; its address is in `Location`. */
            202: {
                headers: {
                    /** @description Where the job is. */
                    Location?: string;
                    /** @description The wait that was done, when one was wished. */
                    "Preference-Applied"?: string;
                    /** @description Seconds after which to ask for the job. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeadJob"];
                };
            };
            /** @description The credentials are missing or wrong. */
            401: {
                headers: {
                    /** @description How to say who you are: `Bearer`, and `Basic` where there is a password. */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This client may not do that, or a browser sent it for a page of another site. */
            403: {
                headers: {
                    /** @description The scope that is needed (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing, or it is not yours. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not as things stand: `detail` says why. */
            409: {
                headers: {
                    /** @description Seconds after which to try again, where that may help. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Your share, or what you may send for now, is used up: try again after `Retry-After` seconds. */
            429: {
                headers: {
                    /** @description What is left of it. */
                    RateLimit?: string;
                    /** @description What you may send, on requests that bring images. */
                    "RateLimit-Policy"?: string;
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again after `Retry-After` seconds. */
            503: {
                headers: {
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    replayManyDead: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReplayRequestInput"];
            };
        };
        responses: {
            /** @description Here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Replays"];
                };
            };
            /** @description Something in the request is wrong: `detail` says what, and what is allowed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The credentials are missing or wrong. */
            401: {
                headers: {
                    /** @description How to say who you are: `Bearer`, and `Basic` where there is a password. */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This client may not do that, or a browser sent it for a page of another site. */
            403: {
                headers: {
                    /** @description The scope that is needed (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Your share, or what you may send for now, is used up: try again after `Retry-After` seconds. */
            429: {
                headers: {
                    /** @description What is left of it. */
                    RateLimit?: string;
                    /** @description What you may send, on requests that bring images. */
                    "RateLimit-Policy"?: string;
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again after `Retry-After` seconds. */
            503: {
                headers: {
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getErasure: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The erasure's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Erasure"];
                };
            };
            /** @description The credentials are missing or wrong. */
            401: {
                headers: {
                    /** @description How to say who you are: `Bearer`, and `Basic` where there is a password. */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This client may not do that, or a browser sent it for a page of another site. */
            403: {
                headers: {
                    /** @description The scope that is needed (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing, or it is not yours. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Your share, or what you may send for now, is used up: try again after `Retry-After` seconds. */
            429: {
                headers: {
                    /** @description What is left of it. */
                    RateLimit?: string;
                    /** @description What you may send, on requests that bring images. */
                    "RateLimit-Policy"?: string;
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again after `Retry-After` seconds. */
            503: {
                headers: {
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    takeBlobEvents: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BlobEventInput"][];
            };
        };
        responses: {
            /** @description Here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventGridHandshake"] | components["schemas"]["EventsTaken"];
                };
            };
            /** @description Something in the request is wrong: `detail` says what, and what is allowed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The credentials are missing or wrong. */
            401: {
                headers: {
                    /** @description How to say who you are: `Bearer`, and `Basic` where there is a password. */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This client may not do that, or a browser sent it for a page of another site. */
            403: {
                headers: {
                    /** @description The scope that is needed (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not as things stand: `detail` says why. */
            409: {
                headers: {
                    /** @description Seconds after which to try again, where that may help. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The image has too many bytes or pixels. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This is none of the image types that are taken. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Your share, or what you may send for now, is used up: try again after `Retry-After` seconds. */
            429: {
                headers: {
                    /** @description What is left of it. */
                    RateLimit?: string;
                    /** @description What you may send, on requests that bring images. */
                    "RateLimit-Policy"?: string;
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again after `Retry-After` seconds. */
            503: {
                headers: {
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listJobs: {
        parameters: {
            query?: {
                /** @description Only jobs of this batch. */
                batch?: string;
                /** @description Only jobs accepted after this time. */
                created_after?: string;
                /** @description Only jobs accepted before this time. */
                created_before?: string;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
                /** @description How many per page. */
                limit?: number;
                /** @description Only jobs of the model of this name. */
                model?: string;
                /** @description Only jobs of this status. */
                status?: "queued" | "running" | "succeeded" | "failed" | "canceled" | "expired";
                /** @description Only jobs with this tag. */
                tag?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobList"];
                };
            };
            /** @description Something in the request is wrong: `detail` says what, and what is allowed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The credentials are missing or wrong. */
            401: {
                headers: {
                    /** @description How to say who you are: `Bearer`, and `Basic` where there is a password. */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This client may not do that, or a browser sent it for a page of another site. */
            403: {
                headers: {
                    /** @description The scope that is needed (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Your share, or what you may send for now, is used up: try again after `Retry-After` seconds. */
            429: {
                headers: {
                    /** @description What is left of it. */
                    RateLimit?: string;
                    /** @description What you may send, on requests that bring images. */
                    "RateLimit-Policy"?: string;
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again after `Retry-After` seconds. */
            503: {
                headers: {
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    submitJob: {
        parameters: {
            query?: {
                /** @description A job that has not ended as many seconds after it was accepted ends as `expired`, with `deadline_exceeded`. */
                cancel_after_seconds?: number;
                /** @description Only detections of these classes, by name or number. Not given: all. */
                classes?: (number | string)[];
                /** @description Detections below this confidence are left out. */
                conf?: number;
                /** @description Of two boxes of one class that overlap more than this, only the surer one stays. */
                iou?: number;
                /** @description Of a segment model: `polygon` (as if not given) shows each mask as its outline, in `segments`; `rle` shows the mask itself, of the image's size, in `mask`, as COCO's compressed run-length encoding. */
                masks?: "polygon" | "rle";
                /** @description At most this many detections, the surest first. */
                max_det?: number;
                /** @description `name`, `name@version` or `name@alias`; a name alone means its alias `stable`, or where there is none its highest version. */
                model?: string;
                /** @description Who waits: `interactive` jobs (the default) go before `bulk` ones, which are not starved. */
                priority?: "interactive" | "bulk";
                /** @description How long to keep the job and its image after it was accepted. Not given: as long as the service keeps jobs, which is also the most; a minute is the least, or `0`: until its result was handed over. */
                retention_seconds?: number;
                /** @description Words of your own, to find jobs by: at most 10, of at most 64 characters. */
                tags?: string[];
                /** @description Which events to send to `webhook_url`. Not given: all. */
                webhook_events?: ("job.succeeded" | "job.failed" | "job.canceled" | "job.expired")[];
                /** @description Where to POST the job once it is done. */
                webhook_url?: string;
            };
            header?: {
                /** @description `no-cache`: compute the prediction anew. */
                "Cache-Control"?: string;
                /** @description For sending the same request again without making a second job or batch: 1 to 255 printable ASCII characters, new for each request, kept for 24 hours. A repeated request is answered with `Idempotency-Replayed: true`, or with 410 if what it made was erased since. */
                "Idempotency-Key"?: string;
                /** @description How long to wait for the result before answering with the unfinished job (RFC 7240). */
                Prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description A job that has not ended as many seconds after it was accepted ends as `expired`, with `deadline_exceeded`. */
                    cancel_after_seconds?: number;
                    /** @description Only detections of these classes, by name or number. Not given: all. */
                    classes?: (number | string)[];
                    /** @description Detections below this confidence are left out. */
                    conf?: number;
                    /** @description The image, base64-encoded; a `data:` URL is taken too. */
                    image_base64?: string;
                    /**
                     * Format: uri
                     * @description Where the image is. It must arrive within 10 seconds.
                     */
                    image_url?: string;
                    /** @description Of two boxes of one class that overlap more than this, only the surer one stays. */
                    iou?: number;
                    /**
                     * @description Of a segment model: `polygon` (as if not given) shows each mask as its outline, in `segments`; `rle` shows the mask itself, of the image's size, in `mask`, as COCO's compressed run-length encoding.
                     * @enum {string}
                     */
                    masks?: "polygon" | "rle";
                    /** @description At most this many detections, the surest first. */
                    max_det?: number;
                    /** @description `name`, `name@version` or `name@alias`; a name alone means its alias `stable`, or where there is none its highest version. */
                    model?: string;
                    /**
                     * @description Who waits: `interactive` jobs (the default) go before `bulk` ones, which are not starved.
                     * @enum {string}
                     */
                    priority?: "interactive" | "bulk";
                    /** @description How long to keep the job and its image after it was accepted. Not given: as long as the service keeps jobs, which is also the most; a minute is the least, or `0`: until its result was handed over. */
                    retention_seconds?: number;
                    /** @description Words of your own, to find jobs by: at most 10, of at most 64 characters. */
                    tags?: string[];
                    /** @description Of an image that was put where `POST /v1/uploads` said. */
                    upload_id?: string;
                    /** @description Which events to send to `webhook_url`. Not given: all. */
                    webhook_events?: ("job.succeeded" | "job.failed" | "job.canceled" | "job.expired")[];
                    /** @description Where to POST the job once it is done. */
                    webhook_url?: string;
                } & (unknown | unknown | unknown);
                "application/octet-stream": string;
                "image/avif": string;
                "image/gif": string;
                "image/jpeg": string;
                "image/png": string;
                "image/tiff": string;
                "image/webp": string;
                "multipart/form-data": {
                    /** @description A job that has not ended as many seconds after it was accepted ends as `expired`, with `deadline_exceeded`. */
                    cancel_after_seconds?: number;
                    /** @description Only detections of these classes, by name or number. Not given: all. */
                    classes?: (number | string)[];
                    /** @description Detections below this confidence are left out. */
                    conf?: number;
                    /** Format: binary */
                    file?: string;
                    /** Format: binary */
                    image?: string;
                    /** @description Of two boxes of one class that overlap more than this, only the surer one stays. */
                    iou?: number;
                    /**
                     * @description Of a segment model: `polygon` (as if not given) shows each mask as its outline, in `segments`; `rle` shows the mask itself, of the image's size, in `mask`, as COCO's compressed run-length encoding.
                     * @enum {string}
                     */
                    masks?: "polygon" | "rle";
                    /** @description At most this many detections, the surest first. */
                    max_det?: number;
                    /** @description `name`, `name@version` or `name@alias`; a name alone means its alias `stable`, or where there is none its highest version. */
                    model?: string;
                    /**
                     * @description Who waits: `interactive` jobs (the default) go before `bulk` ones, which are not starved.
                     * @enum {string}
                     */
                    priority?: "interactive" | "bulk";
                    /** @description How long to keep the job and its image after it was accepted. Not given: as long as the service keeps jobs, which is also the most; a minute is the least, or `0`: until its result was handed over. */
                    retention_seconds?: number;
                    /** @description Words of your own, to find jobs by: at most 10, of at most 64 characters. */
                    tags?: string[];
                    /** @description Which events to send to `webhook_url`. Not given: all. */
                    webhook_events?: ("job.succeeded" | "job.failed" | "job.canceled" | "job.expired")[];
                    /** @description Where to POST the job once it is done. */
                    webhook_url?: string;
                } & (unknown | unknown);
            };
        };
        responses: {
            /** @description Here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description The job is accepted and not done yet; its address is in `Location`. */
            202: {
                headers: {
                    /** @description Where the job is. */
                    Location?: string;
                    /** @description The wait that was done, when one was wished. */
                    "Preference-Applied"?: string;
                    /** @description Seconds after which to ask for the job. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description Something in the request is wrong: `detail` says what, and what is allowed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The credentials are missing or wrong. */
            401: {
                headers: {
                    /** @description How to say who you are: `Bearer`, and `Basic` where there is a password. */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This client may not do that, or a browser sent it for a page of another site. */
            403: {
                headers: {
                    /** @description The scope that is needed (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing, or it is not yours. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not as things stand: `detail` says why. */
            409: {
                headers: {
                    /** @description Seconds after which to try again, where that may help. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What the first request with this `Idempotency-Key` made was erased. */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The image has too many bytes or pixels. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This is none of the image types that are taken. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It was understood and cannot be done: `detail` says why. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Your share, or what you may send for now, is used up: try again after `Retry-After` seconds. */
            429: {
                headers: {
                    /** @description What is left of it. */
                    RateLimit?: string;
                    /** @description What you may send, on requests that bring images. */
                    "RateLimit-Policy"?: string;
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again after `Retry-After` seconds. */
            503: {
                headers: {
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getJob: {
        parameters: {
            query?: {
                /** @description Only detections of these classes, by name or number. Not given: all. */
                classes?: (number | string)[];
                /** @description Detections below this confidence are left out. */
                conf?: number;
                /** @description What to write the prediction as; goes before the `Accept` header. Not given, and nothing special accepted: `native`, the job itself. */
                format?: "native" | "coco" | "yolo" | "labelme" | "csv" | "svg" | "geojson";
                /** @description Of two boxes of one class that overlap more than this, only the surer one stays. */
                iou?: number;
                /** @description `full` (as if not given): name and confidence. */
                labels?: "full" | "name" | "none";
                /** @description In pixels of the image; not given: as suits its size. */
                line_width?: number;
                /** @description `signed`: the `links` are whole addresses that need no credentials for a while. Only with the job as JSON. */
                links?: "signed";
                /** @description Of a segment model: `polygon` (as if not given) shows each mask as its outline, in `segments`; `rle` shows the mask itself, of the image's size, in `mask`, as COCO's compressed run-length encoding. */
                masks?: "polygon" | "rle";
                /** @description At most this many detections, the surest first. */
                max_det?: number;
                /** @description The colours of the classes: `distinct` (as if not given) can be told apart by the colour-blind as well, `ultralytics` is what its plots have, `white` is white. */
                palette?: "distinct" | "ultralytics" | "white";
                /** @description Of `yolo`: `true` ends each line with the confidence, as the option of Ultralytics does. */
                save_conf?: "true" | "false";
                /** @description Answer only once the job is done (with `If-None-Match`: has changed), or after as many seconds: 60 at most, 30 without a number. */
                wait?: number;
            };
            header?: never;
            path: {
                /** @description The job's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/geo+json": Record<string, never>;
                    "application/json": components["schemas"]["Job"];
                    "application/vnd.lupa.coco+json": Record<string, never>;
                    "application/vnd.lupa.labelme+json": Record<string, never>;
                    "image/svg+xml": string;
                    "text/csv": string;
                    "text/plain": string;
                };
            };
            /** @description The job is as `If-None-Match` knows it. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Something in the request is wrong: `detail` says what, and what is allowed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The credentials are missing or wrong. */
            401: {
                headers: {
                    /** @description How to say who you are: `Bearer`, and `Basic` where there is a password. */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This client may not do that, or a browser sent it for a page of another site. */
            403: {
                headers: {
                    /** @description The scope that is needed (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing, or it is not yours. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such form of this: `detail` lists those there are. */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not as things stand: `detail` says why. */
            409: {
                headers: {
                    /** @description Seconds after which to try again, where that may help. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Your share, or what you may send for now, is used up: try again after `Retry-After` seconds. */
            429: {
                headers: {
                    /** @description What is left of it. */
                    RateLimit?: string;
                    /** @description What you may send, on requests that bring images. */
                    "RateLimit-Policy"?: string;
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again after `Retry-After` seconds. */
            503: {
                headers: {
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    eraseJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The job's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Nothing more to say. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The credentials are missing or wrong. */
            401: {
                headers: {
                    /** @description How to say who you are: `Bearer`, and `Basic` where there is a password. */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This client may not do that, or a browser sent it for a page of another site. */
            403: {
                headers: {
                    /** @description The scope that is needed (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing, or it is not yours. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not as things stand: `detail` says why. */
            409: {
                headers: {
                    /** @description Seconds after which to try again, where that may help. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Your share, or what you may send for now, is used up: try again after `Retry-After` seconds. */
            429: {
                headers: {
                    /** @description What is left of it. */
                    RateLimit?: string;
                    /** @description What you may send, on requests that bring images. */
                    "RateLimit-Policy"?: string;
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again after `Retry-After` seconds. */
            503: {
                headers: {
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getAnnotatedImage: {
        parameters: {
            query?: {
                /** @description Only detections of these classes, by name or number. Not given: all. */
                classes?: (number | string)[];
                /** @description Detections below this confidence are left out. */
                conf?: number;
                /** @description Goes before the `Accept` header; not given, and nothing special accepted: `jpeg`. */
                format?: "jpeg" | "webp" | "png" | "svg";
                /** @description Of SVG: `embed` (as if not given) has the image inside, `link` leads to it, `none` is the drawing alone. */
                image?: "embed" | "link" | "none";
                /** @description Of two boxes of one class that overlap more than this, only the surer one stays. */
                iou?: number;
                /** @description `full` (as if not given): name and confidence. */
                labels?: "full" | "name" | "none";
                /** @description In pixels of the image; not given: as suits its size. */
                line_width?: number;
                /** @description At most this many detections, the surest first. */
                max_det?: number;
                /** @description Wider or higher than this the picture is made smaller; not given: 4096 pixels. */
                max_side?: number;
                /** @description The colours of the classes: `distinct` (as if not given) can be told apart by the colour-blind as well, `ultralytics` is what its plots have, `white` is white. */
                palette?: "distinct" | "ultralytics" | "white";
            };
            header?: never;
            path: {
                /** @description The job's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The picture. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "image/jpeg": string;
                    "image/png": string;
                    "image/svg+xml": string;
                    "image/webp": string;
                };
            };
            /** @description The job is accepted and not done yet; its address is in `Location`. */
            202: {
                headers: {
                    /** @description Where the job is. */
                    Location?: string;
                    /** @description The wait that was done, when one was wished. */
                    "Preference-Applied"?: string;
                    /** @description Seconds after which to ask for the job. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UnfinishedRender"];
                };
            };
            /** @description The job is as `If-None-Match` knows it. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Something in the request is wrong: `detail` says what, and what is allowed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The credentials are missing or wrong. */
            401: {
                headers: {
                    /** @description How to say who you are: `Bearer`, and `Basic` where there is a password. */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This client may not do that, or a browser sent it for a page of another site. */
            403: {
                headers: {
                    /** @description The scope that is needed (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing, or it is not yours. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such form of this: `detail` lists those there are. */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not as things stand: `detail` says why. */
            409: {
                headers: {
                    /** @description Seconds after which to try again, where that may help. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Your share, or what you may send for now, is used up: try again after `Retry-After` seconds. */
            429: {
                headers: {
                    /** @description What is left of it. */
                    RateLimit?: string;
                    /** @description What you may send, on requests that bring images. */
                    "RateLimit-Policy"?: string;
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again after `Retry-After` seconds. */
            503: {
                headers: {
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cancelJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The job's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description The credentials are missing or wrong. */
            401: {
                headers: {
                    /** @description How to say who you are: `Bearer`, and `Basic` where there is a password. */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This client may not do that, or a browser sent it for a page of another site. */
            403: {
                headers: {
                    /** @description The scope that is needed (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing, or it is not yours. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Your share, or what you may send for now, is used up: try again after `Retry-After` seconds. */
            429: {
                headers: {
                    /** @description What is left of it. */
                    RateLimit?: string;
                    /** @description What you may send, on requests that bring images. */
                    "RateLimit-Policy"?: string;
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again after `Retry-After` seconds. */
            503: {
                headers: {
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getCrops: {
        parameters: {
            query?: {
                /** @description Only detections of these classes, by name or number. Not given: all. */
                classes?: (number | string)[];
                /** @description Detections below this confidence are left out. */
                conf?: number;
                /** @description Of two boxes of one class that overlap more than this, only the surer one stays. */
                iou?: number;
                /** @description At most this many detections, the surest first. */
                max_det?: number;
            };
            header?: never;
            path: {
                /** @description The job's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The archive. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/zip": string;
                };
            };
            /** @description The job is accepted and not done yet; its address is in `Location`. */
            202: {
                headers: {
                    /** @description Where the job is. */
                    Location?: string;
                    /** @description The wait that was done, when one was wished. */
                    "Preference-Applied"?: string;
                    /** @description Seconds after which to ask for the job. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UnfinishedRender"];
                };
            };
            /** @description The job is as `If-None-Match` knows it. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Something in the request is wrong: `detail` says what, and what is allowed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The credentials are missing or wrong. */
            401: {
                headers: {
                    /** @description How to say who you are: `Bearer`, and `Basic` where there is a password. */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This client may not do that, or a browser sent it for a page of another site. */
            403: {
                headers: {
                    /** @description The scope that is needed (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing, or it is not yours. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such form of this: `detail` lists those there are. */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not as things stand: `detail` says why. */
            409: {
                headers: {
                    /** @description Seconds after which to try again, where that may help. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Your share, or what you may send for now, is used up: try again after `Retry-After` seconds. */
            429: {
                headers: {
                    /** @description What is left of it. */
                    RateLimit?: string;
                    /** @description What you may send, on requests that bring images. */
                    "RateLimit-Policy"?: string;
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again after `Retry-After` seconds. */
            503: {
                headers: {
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listJobDeliveries: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The job's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeliveryList"];
                };
            };
            /** @description The credentials are missing or wrong. */
            401: {
                headers: {
                    /** @description How to say who you are: `Bearer`, and `Basic` where there is a password. */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This client may not do that, or a browser sent it for a page of another site. */
            403: {
                headers: {
                    /** @description The scope that is needed (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing, or it is not yours. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Your share, or what you may send for now, is used up: try again after `Retry-After` seconds. */
            429: {
                headers: {
                    /** @description What is left of it. */
                    RateLimit?: string;
                    /** @description What you may send, on requests that bring images. */
                    "RateLimit-Policy"?: string;
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again after `Retry-After` seconds. */
            503: {
                headers: {
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    redeliver: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The delivery's id, which is its `webhook-id`. */
                delivery_id: string;
                /** @description The job's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job is accepted and not done yet; its address is in `Location`. */
            202: {
                headers: {
                    /** @description Where the job is. */
                    Location?: string;
                    /** @description The wait that was done, when one was wished. */
                    "Preference-Applied"?: string;
                    /** @description Seconds after which to ask for the job. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeliveryLog"];
                };
            };
            /** @description The credentials are missing or wrong. */
            401: {
                headers: {
                    /** @description How to say who you are: `Bearer`, and `Basic` where there is a password. */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This client may not do that, or a browser sent it for a page of another site. */
            403: {
                headers: {
                    /** @description The scope that is needed (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing, or it is not yours. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Your share, or what you may send for now, is used up: try again after `Retry-After` seconds. */
            429: {
                headers: {
                    /** @description What is left of it. */
                    RateLimit?: string;
                    /** @description What you may send, on requests that bring images. */
                    "RateLimit-Policy"?: string;
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again after `Retry-After` seconds. */
            503: {
                headers: {
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    followJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The job's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The events. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": unknown;
                };
            };
            /** @description Nothing more to say. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The credentials are missing or wrong. */
            401: {
                headers: {
                    /** @description How to say who you are: `Bearer`, and `Basic` where there is a password. */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This client may not do that, or a browser sent it for a page of another site. */
            403: {
                headers: {
                    /** @description The scope that is needed (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing, or it is not yours. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Your share, or what you may send for now, is used up: try again after `Retry-After` seconds. */
            429: {
                headers: {
                    /** @description What is left of it. */
                    RateLimit?: string;
                    /** @description What you may send, on requests that bring images. */
                    "RateLimit-Policy"?: string;
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again after `Retry-After` seconds. */
            503: {
                headers: {
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getJobImage: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The job's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The image. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "image/avif": unknown;
                    "image/gif": unknown;
                    "image/jpeg": unknown;
                    "image/png": unknown;
                    "image/tiff": unknown;
                    "image/webp": unknown;
                };
            };
            /** @description The credentials are missing or wrong. */
            401: {
                headers: {
                    /** @description How to say who you are: `Bearer`, and `Basic` where there is a password. */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This client may not do that, or a browser sent it for a page of another site. */
            403: {
                headers: {
                    /** @description The scope that is needed (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing, or it is not yours. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Your share, or what you may send for now, is used up: try again after `Retry-After` seconds. */
            429: {
                headers: {
                    /** @description What is left of it. */
                    RateLimit?: string;
                    /** @description What you may send, on requests that bring images. */
                    "RateLimit-Policy"?: string;
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again after `Retry-After` seconds. */
            503: {
                headers: {
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getRedactedImage: {
        parameters: {
            query?: {
                /** @description Only detections of these classes, by name or number. Not given: all. */
                classes?: (number | string)[];
                /** @description Detections below this confidence are left out. */
                conf?: number;
                /** @description Goes before the `Accept` header; not given, and nothing special accepted: `jpeg`. */
                format?: "jpeg" | "webp" | "png";
                /** @description Of two boxes of one class that overlap more than this, only the surer one stays. */
                iou?: number;
                /** @description At most this many detections, the surest first. */
                max_det?: number;
                /** @description Wider or higher than this the picture is made smaller; not given: 4096 pixels. */
                max_side?: number;
                /** @description `blur` (as if not given), `pixelate`, or `fill` with black. */
                mode?: "blur" | "pixelate" | "fill";
            };
            header?: never;
            path: {
                /** @description The job's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The picture. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "image/jpeg": string;
                    "image/png": string;
                    "image/svg+xml": string;
                    "image/webp": string;
                };
            };
            /** @description The job is accepted and not done yet; its address is in `Location`. */
            202: {
                headers: {
                    /** @description Where the job is. */
                    Location?: string;
                    /** @description The wait that was done, when one was wished. */
                    "Preference-Applied"?: string;
                    /** @description Seconds after which to ask for the job. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UnfinishedRender"];
                };
            };
            /** @description The job is as `If-None-Match` knows it. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Something in the request is wrong: `detail` says what, and what is allowed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The credentials are missing or wrong. */
            401: {
                headers: {
                    /** @description How to say who you are: `Bearer`, and `Basic` where there is a password. */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This client may not do that, or a browser sent it for a page of another site. */
            403: {
                headers: {
                    /** @description The scope that is needed (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing, or it is not yours. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such form of this: `detail` lists those there are. */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not as things stand: `detail` says why. */
            409: {
                headers: {
                    /** @description Seconds after which to try again, where that may help. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Your share, or what you may send for now, is used up: try again after `Retry-After` seconds. */
            429: {
                headers: {
                    /** @description What is left of it. */
                    RateLimit?: string;
                    /** @description What you may send, on requests that bring images. */
                    "RateLimit-Policy"?: string;
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again after `Retry-After` seconds. */
            503: {
                headers: {
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    redeliverNewest: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The job's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job is accepted and not done yet; its address is in `Location`. */
            202: {
                headers: {
                    /** @description Where the job is. */
                    Location?: string;
                    /** @description The wait that was done, when one was wished. */
                    "Preference-Applied"?: string;
                    /** @description Seconds after which to ask for the job. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeliveryLog"];
                };
            };
            /** @description The credentials are missing or wrong. */
            401: {
                headers: {
                    /** @description How to say who you are: `Bearer`, and `Basic` where there is a password. */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This client may not do that, or a browser sent it for a page of another site. */
            403: {
                headers: {
                    /** @description The scope that is needed (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing, or it is not yours. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Your share, or what you may send for now, is used up: try again after `Retry-After` seconds. */
            429: {
                headers: {
                    /** @description What is left of it. */
                    RateLimit?: string;
                    /** @description What you may send, on requests that bring images. */
                    "RateLimit-Policy"?: string;
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again after `Retry-After` seconds. */
            503: {
                headers: {
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    retryJob: {
        parameters: {
            query?: {
                /** @description A job that has not ended as many seconds after it was accepted ends as `expired`, with `deadline_exceeded`. */
                cancel_after_seconds?: number;
                /** @description Only detections of these classes, by name or number. Not given: all. */
                classes?: (number | string)[];
                /** @description Detections below this confidence are left out. */
                conf?: number;
                /** @description Of two boxes of one class that overlap more than this, only the surer one stays. */
                iou?: number;
                /** @description Of a segment model: `polygon` (as if not given) shows each mask as its outline, in `segments`; `rle` shows the mask itself, of the image's size, in `mask`, as COCO's compressed run-length encoding. */
                masks?: "polygon" | "rle";
                /** @description At most this many detections, the surest first. */
                max_det?: number;
                /** @description `name`, `name@version` or `name@alias`; a name alone means its alias `stable`, or where there is none its highest version. */
                model?: string;
                /** @description Who waits: `interactive` jobs (the default) go before `bulk` ones, which are not starved. */
                priority?: "interactive" | "bulk";
                /** @description How long to keep the job and its image after it was accepted. Not given: as long as the service keeps jobs, which is also the most; a minute is the least, or `0`: until its result was handed over. */
                retention_seconds?: number;
                /** @description Words of your own, to find jobs by: at most 10, of at most 64 characters. */
                tags?: string[];
                /** @description Which events to send to `webhook_url`. Not given: all. */
                webhook_events?: ("job.succeeded" | "job.failed" | "job.canceled" | "job.expired")[];
                /** @description Where to POST the job once it is done. */
                webhook_url?: string;
            };
            header?: {
                /** @description For sending the same request again without making a second job or batch: 1 to 255 printable ASCII characters, new for each request, kept for 24 hours. A repeated request is answered with `Idempotency-Replayed: true`, or with 410 if what it made was erased since. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The id of the job to run again. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job is accepted and not done yet; its address is in `Location`. */
            202: {
                headers: {
                    /** @description Where the job is. */
                    Location?: string;
                    /** @description The wait that was done, when one was wished. */
                    "Preference-Applied"?: string;
                    /** @description Seconds after which to ask for the job. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description Something in the request is wrong: `detail` says what, and what is allowed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The credentials are missing or wrong. */
            401: {
                headers: {
                    /** @description How to say who you are: `Bearer`, and `Basic` where there is a password. */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This client may not do that, or a browser sent it for a page of another site. */
            403: {
                headers: {
                    /** @description The scope that is needed (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing, or it is not yours. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not as things stand: `detail` says why. */
            409: {
                headers: {
                    /** @description Seconds after which to try again, where that may help. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What the first request with this `Idempotency-Key` made was erased. */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It was understood and cannot be done: `detail` says why. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Your share, or what you may send for now, is used up: try again after `Retry-After` seconds. */
            429: {
                headers: {
                    /** @description What is left of it. */
                    RateLimit?: string;
                    /** @description What you may send, on requests that bring images. */
                    "RateLimit-Policy"?: string;
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again after `Retry-After` seconds. */
            503: {
                headers: {
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listKeys: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before. */
                cursor?: string;
                /** @description How many per page. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiKeyList"];
                };
            };
            /** @description Something in the request is wrong: `detail` says what, and what is allowed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The credentials are missing or wrong. */
            401: {
                headers: {
                    /** @description How to say who you are: `Bearer`, and `Basic` where there is a password. */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This client may not do that, or a browser sent it for a page of another site. */
            403: {
                headers: {
                    /** @description The scope that is needed (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Your share, or what you may send for now, is used up: try again after `Retry-After` seconds. */
            429: {
                headers: {
                    /** @description What is left of it. */
                    RateLimit?: string;
                    /** @description What you may send, on requests that bring images. */
                    "RateLimit-Policy"?: string;
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again after `Retry-After` seconds. */
            503: {
                headers: {
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createKey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["KeyRequestInput"];
            };
        };
        responses: {
            /** @description It is made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewApiKey"];
                };
            };
            /** @description Something in the request is wrong: `detail` says what, and what is allowed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The credentials are missing or wrong. */
            401: {
                headers: {
                    /** @description How to say who you are: `Bearer`, and `Basic` where there is a password. */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This client may not do that, or a browser sent it for a page of another site. */
            403: {
                headers: {
                    /** @description The scope that is needed (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Your share, or what you may send for now, is used up: try again after `Retry-After` seconds. */
            429: {
                headers: {
                    /** @description What is left of it. */
                    RateLimit?: string;
                    /** @description What you may send, on requests that bring images. */
                    "RateLimit-Policy"?: string;
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again after `Retry-After` seconds. */
            503: {
                headers: {
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    revokeKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The key's id: what stands between `lupa_` and the next `_`. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiKey"];
                };
            };
            /** @description The credentials are missing or wrong. */
            401: {
                headers: {
                    /** @description How to say who you are: `Bearer`, and `Basic` where there is a password. */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This client may not do that, or a browser sent it for a page of another site. */
            403: {
                headers: {
                    /** @description The scope that is needed (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing, or it is not yours. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Your share, or what you may send for now, is used up: try again after `Retry-After` seconds. */
            429: {
                headers: {
                    /** @description What is left of it. */
                    RateLimit?: string;
                    /** @description What you may send, on requests that bring images. */
                    "RateLimit-Policy"?: string;
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again after `Retry-After` seconds. */
            503: {
                headers: {
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rotateKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The key's id: what stands between `lupa_` and the next `_`. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["RotateRequestInput"] | null;
            };
        };
        responses: {
            /** @description Here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewApiKey"];
                };
            };
            /** @description Something in the request is wrong: `detail` says what, and what is allowed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The credentials are missing or wrong. */
            401: {
                headers: {
                    /** @description How to say who you are: `Bearer`, and `Basic` where there is a password. */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This client may not do that, or a browser sent it for a page of another site. */
            403: {
                headers: {
                    /** @description The scope that is needed (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing, or it is not yours. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not as things stand: `detail` says why. */
            409: {
                headers: {
                    /** @description Seconds after which to try again, where that may help. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Your share, or what you may send for now, is used up: try again after `Retry-After` seconds. */
            429: {
                headers: {
                    /** @description What is left of it. */
                    RateLimit?: string;
                    /** @description What you may send, on requests that bring images. */
                    "RateLimit-Policy"?: string;
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again after `Retry-After` seconds. */
            503: {
                headers: {
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listModels: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelList"];
                };
            };
            /** @description The credentials are missing or wrong. */
            401: {
                headers: {
                    /** @description How to say who you are: `Bearer`, and `Basic` where there is a password. */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This client may not do that, or a browser sent it for a page of another site. */
            403: {
                headers: {
                    /** @description The scope that is needed (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Your share, or what you may send for now, is used up: try again after `Retry-After` seconds. */
            429: {
                headers: {
                    /** @description What is left of it. */
                    RateLimit?: string;
                    /** @description What you may send, on requests that bring images. */
                    "RateLimit-Policy"?: string;
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again after `Retry-After` seconds. */
            503: {
                headers: {
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getModel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description `name`, `name@version` or `name@alias`. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelDetails"];
                };
            };
            /** @description The credentials are missing or wrong. */
            401: {
                headers: {
                    /** @description How to say who you are: `Bearer`, and `Basic` where there is a password. */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This client may not do that, or a browser sent it for a page of another site. */
            403: {
                headers: {
                    /** @description The scope that is needed (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing, or it is not yours. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Your share, or what you may send for now, is used up: try again after `Retry-After` seconds. */
            429: {
                headers: {
                    /** @description What is left of it. */
                    RateLimit?: string;
                    /** @description What you may send, on requests that bring images. */
                    "RateLimit-Policy"?: string;
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again after `Retry-After` seconds. */
            503: {
                headers: {
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    pointAlias: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description `stable` is what requests mean that name no version; any other name is your own. */
                alias: string;
                /** @description The name of the model. */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Only if the alias means this version by then; `null`: only if there is no such alias. */
                    if_version?: string | null;
                    /** @description The version that the alias is to mean. It must be one that can be served. */
                    version: string;
                    /** @description Have workers load the version first, which takes some seconds, and switch only then; refused if none has after as many seconds, or if they fail to. */
                    wait_warm_seconds?: number;
                };
            };
        };
        responses: {
            /** @description Here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelDetails"];
                };
            };
            /** @description Something in the request is wrong: `detail` says what, and what is allowed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The credentials are missing or wrong. */
            401: {
                headers: {
                    /** @description How to say who you are: `Bearer`, and `Basic` where there is a password. */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This client may not do that, or a browser sent it for a page of another site. */
            403: {
                headers: {
                    /** @description The scope that is needed (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing, or it is not yours. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not as things stand: `detail` says why. */
            409: {
                headers: {
                    /** @description Seconds after which to try again, where that may help. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It was understood and cannot be done: `detail` says why. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Your share, or what you may send for now, is used up: try again after `Retry-After` seconds. */
            429: {
                headers: {
                    /** @description What is left of it. */
                    RateLimit?: string;
                    /** @description What you may send, on requests that bring images. */
                    "RateLimit-Policy"?: string;
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again after `Retry-After` seconds. */
            503: {
                headers: {
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    removeAlias: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description `stable` is what requests mean that name no version; any other name is your own. */
                alias: string;
                /** @description The name of the model. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Nothing more to say. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Something in the request is wrong: `detail` says what, and what is allowed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The credentials are missing or wrong. */
            401: {
                headers: {
                    /** @description How to say who you are: `Bearer`, and `Basic` where there is a password. */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This client may not do that, or a browser sent it for a page of another site. */
            403: {
                headers: {
                    /** @description The scope that is needed (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing, or it is not yours. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Your share, or what you may send for now, is used up: try again after `Retry-After` seconds. */
            429: {
                headers: {
                    /** @description What is left of it. */
                    RateLimit?: string;
                    /** @description What you may send, on requests that bring images. */
                    "RateLimit-Policy"?: string;
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again after `Retry-After` seconds. */
            503: {
                headers: {
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listModelSamples: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The name of the model. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelSampleList"];
                };
            };
            /** @description The credentials are missing or wrong. */
            401: {
                headers: {
                    /** @description How to say who you are: `Bearer`, and `Basic` where there is a password. */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This client may not do that, or a browser sent it for a page of another site. */
            403: {
                headers: {
                    /** @description The scope that is needed (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Your share, or what you may send for now, is used up: try again after `Retry-After` seconds. */
            429: {
                headers: {
                    /** @description What is left of it. */
                    RateLimit?: string;
                    /** @description What you may send, on requests that bring images. */
                    "RateLimit-Policy"?: string;
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again after `Retry-After` seconds. */
            503: {
                headers: {
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getModelSample: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The name of the picture. */
                file: string;
                /** @description The name of the model. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The picture. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "image/avif": unknown;
                    "image/gif": unknown;
                    "image/jpeg": unknown;
                    "image/png": unknown;
                    "image/tiff": unknown;
                    "image/webp": unknown;
                };
            };
            /** @description The credentials are missing or wrong. */
            401: {
                headers: {
                    /** @description How to say who you are: `Bearer`, and `Basic` where there is a password. */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This client may not do that, or a browser sent it for a page of another site. */
            403: {
                headers: {
                    /** @description The scope that is needed (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing, or it is not yours. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Your share, or what you may send for now, is used up: try again after `Retry-After` seconds. */
            429: {
                headers: {
                    /** @description What is left of it. */
                    RateLimit?: string;
                    /** @description What you may send, on requests that bring images. */
                    "RateLimit-Policy"?: string;
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again after `Retry-After` seconds. */
            503: {
                headers: {
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getQueue: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Queue"];
                };
            };
            /** @description The credentials are missing or wrong. */
            401: {
                headers: {
                    /** @description How to say who you are: `Bearer`, and `Basic` where there is a password. */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This client may not do that, or a browser sent it for a page of another site. */
            403: {
                headers: {
                    /** @description The scope that is needed (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Your share, or what you may send for now, is used up: try again after `Retry-After` seconds. */
            429: {
                headers: {
                    /** @description What is left of it. */
                    RateLimit?: string;
                    /** @description What you may send, on requests that bring images. */
                    "RateLimit-Policy"?: string;
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again after `Retry-After` seconds. */
            503: {
                headers: {
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    openUpload: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["NewUploadInput"] | null;
            };
        };
        responses: {
            /** @description It is made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Upload"];
                };
            };
            /** @description Something in the request is wrong: `detail` says what, and what is allowed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The credentials are missing or wrong. */
            401: {
                headers: {
                    /** @description How to say who you are: `Bearer`, and `Basic` where there is a password. */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This client may not do that, or a browser sent it for a page of another site. */
            403: {
                headers: {
                    /** @description The scope that is needed (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The image has too many bytes or pixels. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This is none of the image types that are taken. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Your share, or what you may send for now, is used up: try again after `Retry-After` seconds. */
            429: {
                headers: {
                    /** @description What is left of it. */
                    RateLimit?: string;
                    /** @description What you may send, on requests that bring images. */
                    "RateLimit-Policy"?: string;
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again after `Retry-After` seconds. */
            503: {
                headers: {
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listDeliveries: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before. */
                cursor?: string;
                /** @description How many per page. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeliveryList"];
                };
            };
            /** @description Something in the request is wrong: `detail` says what, and what is allowed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The credentials are missing or wrong. */
            401: {
                headers: {
                    /** @description How to say who you are: `Bearer`, and `Basic` where there is a password. */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This client may not do that, or a browser sent it for a page of another site. */
            403: {
                headers: {
                    /** @description The scope that is needed (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Your share, or what you may send for now, is used up: try again after `Retry-After` seconds. */
            429: {
                headers: {
                    /** @description What is left of it. */
                    RateLimit?: string;
                    /** @description What you may send, on requests that bring images. */
                    "RateLimit-Policy"?: string;
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again after `Retry-After` seconds. */
            503: {
                headers: {
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    redeliverAny: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The delivery's id, which is its `webhook-id`. */
                delivery_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job is accepted and not done yet; its address is in `Location`. */
            202: {
                headers: {
                    /** @description Where the job is. */
                    Location?: string;
                    /** @description The wait that was done, when one was wished. */
                    "Preference-Applied"?: string;
                    /** @description Seconds after which to ask for the job. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeliveryLog"];
                };
            };
            /** @description The credentials are missing or wrong. */
            401: {
                headers: {
                    /** @description How to say who you are: `Bearer`, and `Basic` where there is a password. */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This client may not do that, or a browser sent it for a page of another site. */
            403: {
                headers: {
                    /** @description The scope that is needed (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing, or it is not yours. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Your share, or what you may send for now, is used up: try again after `Retry-After` seconds. */
            429: {
                headers: {
                    /** @description What is left of it. */
                    RateLimit?: string;
                    /** @description What you may send, on requests that bring images. */
                    "RateLimit-Policy"?: string;
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again after `Retry-After` seconds. */
            503: {
                headers: {
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getWebhookReceiver: {
        parameters: {
            query: {
                /** @description The `webhook_url`. */
                url: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookReceiver"];
                };
            };
            /** @description Something in the request is wrong: `detail` says what, and what is allowed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The credentials are missing or wrong. */
            401: {
                headers: {
                    /** @description How to say who you are: `Bearer`, and `Basic` where there is a password. */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This client may not do that, or a browser sent it for a page of another site. */
            403: {
                headers: {
                    /** @description The scope that is needed (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Your share, or what you may send for now, is used up: try again after `Retry-After` seconds. */
            429: {
                headers: {
                    /** @description What is left of it. */
                    RateLimit?: string;
                    /** @description What you may send, on requests that bring images. */
                    "RateLimit-Policy"?: string;
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again after `Retry-After` seconds. */
            503: {
                headers: {
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getWebhookSecret: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookSecret"];
                };
            };
            /** @description The credentials are missing or wrong. */
            401: {
                headers: {
                    /** @description How to say who you are: `Bearer`, and `Basic` where there is a password. */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This client may not do that, or a browser sent it for a page of another site. */
            403: {
                headers: {
                    /** @description The scope that is needed (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Your share, or what you may send for now, is used up: try again after `Retry-After` seconds. */
            429: {
                headers: {
                    /** @description What is left of it. */
                    RateLimit?: string;
                    /** @description What you may send, on requests that bring images. */
                    "RateLimit-Policy"?: string;
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again after `Retry-After` seconds. */
            503: {
                headers: {
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rotateWebhookSecret: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookSecret"];
                };
            };
            /** @description The credentials are missing or wrong. */
            401: {
                headers: {
                    /** @description How to say who you are: `Bearer`, and `Basic` where there is a password. */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This client may not do that, or a browser sent it for a page of another site. */
            403: {
                headers: {
                    /** @description The scope that is needed (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Your share, or what you may send for now, is used up: try again after `Retry-After` seconds. */
            429: {
                headers: {
                    /** @description What is left of it. */
                    RateLimit?: string;
                    /** @description What you may send, on requests that bring images. */
                    "RateLimit-Policy"?: string;
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again after `Retry-After` seconds. */
            503: {
                headers: {
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    testWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WebhookTestRequestInput"];
            };
        };
        responses: {
            /** @description Here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookTest"];
                };
            };
            /** @description Something in the request is wrong: `detail` says what, and what is allowed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The credentials are missing or wrong. */
            401: {
                headers: {
                    /** @description How to say who you are: `Bearer`, and `Basic` where there is a password. */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This client may not do that, or a browser sent it for a page of another site. */
            403: {
                headers: {
                    /** @description The scope that is needed (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Your share, or what you may send for now, is used up: try again after `Retry-After` seconds. */
            429: {
                headers: {
                    /** @description What is left of it. */
                    RateLimit?: string;
                    /** @description What you may send, on requests that bring images. */
                    "RateLimit-Policy"?: string;
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again after `Retry-After` seconds. */
            503: {
                headers: {
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    inferenceServer: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        extensions: string[];
                        name: string;
                        version: string;
                    };
                };
            };
            /** @description The credentials are missing or wrong. */
            401: {
                headers: {
                    /** @description How to say who you are: `Bearer`, and `Basic` where there is a password. */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InferProblem"];
                };
            };
            /** @description This client may not do that, or a browser sent it for a page of another site. */
            403: {
                headers: {
                    /** @description The scope that is needed (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Your share, or what you may send for now, is used up: try again after `Retry-After` seconds. */
            429: {
                headers: {
                    /** @description What is left of it. */
                    RateLimit?: string;
                    /** @description What you may send, on requests that bring images. */
                    "RateLimit-Policy"?: string;
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again after `Retry-After` seconds. */
            503: {
                headers: {
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    inferenceLive: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        live: boolean;
                    };
                };
            };
        };
    };
    inferenceReady: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        ready: boolean;
                    };
                };
            };
            /** @description Not now: try again after `Retry-After` seconds. */
            503: {
                headers: {
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        ready: boolean;
                    };
                };
            };
        };
    };
    inferenceModel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Of the model. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InferenceModel"];
                };
            };
            /** @description The credentials are missing or wrong. */
            401: {
                headers: {
                    /** @description How to say who you are: `Bearer`, and `Basic` where there is a password. */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InferProblem"];
                };
            };
            /** @description This client may not do that, or a browser sent it for a page of another site. */
            403: {
                headers: {
                    /** @description The scope that is needed (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing, or it is not yours. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InferProblem"];
                };
            };
            /** @description Your share, or what you may send for now, is used up: try again after `Retry-After` seconds. */
            429: {
                headers: {
                    /** @description What is left of it. */
                    RateLimit?: string;
                    /** @description What you may send, on requests that bring images. */
                    "RateLimit-Policy"?: string;
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again after `Retry-After` seconds. */
            503: {
                headers: {
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InferProblem"];
                };
            };
        };
    };
    infer: {
        parameters: {
            query?: never;
            header?: {
                /** @description For sending the same request again without making a second job or batch: 1 to 255 printable ASCII characters, new for each request, kept for 24 hours. A repeated request is answered with `Idempotency-Replayed: true`, or with 410 if what it made was erased since. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Of the model. */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": Record<string, never>;
                "application/octet-stream": string;
            };
        };
        responses: {
            /** @description Here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InferAnswer"];
                };
            };
            /** @description Something in the request is wrong: `detail` says what, and what is allowed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InferProblem"];
                };
            };
            /** @description The credentials are missing or wrong. */
            401: {
                headers: {
                    /** @description How to say who you are: `Bearer`, and `Basic` where there is a password. */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InferProblem"];
                };
            };
            /** @description This client may not do that, or a browser sent it for a page of another site. */
            403: {
                headers: {
                    /** @description The scope that is needed (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing, or it is not yours. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InferProblem"];
                };
            };
            /** @description The image has too many bytes or pixels. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InferProblem"];
                };
            };
            /** @description This is none of the image types that are taken. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InferProblem"];
                };
            };
            /** @description It was understood and cannot be done: `detail` says why. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InferProblem"];
                };
            };
            /** @description Your share, or what you may send for now, is used up: try again after `Retry-After` seconds. */
            429: {
                headers: {
                    /** @description What is left of it. */
                    RateLimit?: string;
                    /** @description What you may send, on requests that bring images. */
                    "RateLimit-Policy"?: string;
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InferProblem"];
                };
            };
            /** @description Not now: try again after `Retry-After` seconds. */
            503: {
                headers: {
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InferProblem"];
                };
            };
            /** @description The job did not end in time. */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InferProblem"];
                };
            };
        };
    };
    inferenceModelReady: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Of the model. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        ready: boolean;
                    };
                };
            };
            /** @description The credentials are missing or wrong. */
            401: {
                headers: {
                    /** @description How to say who you are: `Bearer`, and `Basic` where there is a password. */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InferProblem"];
                };
            };
            /** @description This client may not do that, or a browser sent it for a page of another site. */
            403: {
                headers: {
                    /** @description The scope that is needed (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing, or it is not yours. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InferProblem"];
                };
            };
            /** @description Your share, or what you may send for now, is used up: try again after `Retry-After` seconds. */
            429: {
                headers: {
                    /** @description What is left of it. */
                    RateLimit?: string;
                    /** @description What you may send, on requests that bring images. */
                    "RateLimit-Policy"?: string;
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again after `Retry-After` seconds. */
            503: {
                headers: {
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        ready: boolean;
                    };
                };
            };
        };
    };
    inferenceModelVersion: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Of the model. */
                name: string;
                /** @description A version, or an alias. */
                version: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InferenceModel"];
                };
            };
            /** @description The credentials are missing or wrong. */
            401: {
                headers: {
                    /** @description How to say who you are: `Bearer`, and `Basic` where there is a password. */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InferProblem"];
                };
            };
            /** @description This client may not do that, or a browser sent it for a page of another site. */
            403: {
                headers: {
                    /** @description The scope that is needed (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing, or it is not yours. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InferProblem"];
                };
            };
            /** @description Your share, or what you may send for now, is used up: try again after `Retry-After` seconds. */
            429: {
                headers: {
                    /** @description What is left of it. */
                    RateLimit?: string;
                    /** @description What you may send, on requests that bring images. */
                    "RateLimit-Policy"?: string;
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again after `Retry-After` seconds. */
            503: {
                headers: {
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InferProblem"];
                };
            };
        };
    };
    inferVersion: {
        parameters: {
            query?: never;
            header?: {
                /** @description For sending the same request again without making a second job or batch: 1 to 255 printable ASCII characters, new for each request, kept for 24 hours. A repeated request is answered with `Idempotency-Replayed: true`, or with 410 if what it made was erased since. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Of the model. */
                name: string;
                /** @description A version, or an alias. */
                version: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": Record<string, never>;
                "application/octet-stream": string;
            };
        };
        responses: {
            /** @description Here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InferAnswer"];
                };
            };
            /** @description Something in the request is wrong: `detail` says what, and what is allowed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InferProblem"];
                };
            };
            /** @description The credentials are missing or wrong. */
            401: {
                headers: {
                    /** @description How to say who you are: `Bearer`, and `Basic` where there is a password. */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InferProblem"];
                };
            };
            /** @description This client may not do that, or a browser sent it for a page of another site. */
            403: {
                headers: {
                    /** @description The scope that is needed (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing, or it is not yours. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InferProblem"];
                };
            };
            /** @description The image has too many bytes or pixels. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InferProblem"];
                };
            };
            /** @description This is none of the image types that are taken. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InferProblem"];
                };
            };
            /** @description It was understood and cannot be done: `detail` says why. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InferProblem"];
                };
            };
            /** @description Your share, or what you may send for now, is used up: try again after `Retry-After` seconds. */
            429: {
                headers: {
                    /** @description What is left of it. */
                    RateLimit?: string;
                    /** @description What you may send, on requests that bring images. */
                    "RateLimit-Policy"?: string;
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InferProblem"];
                };
            };
            /** @description Not now: try again after `Retry-After` seconds. */
            503: {
                headers: {
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InferProblem"];
                };
            };
            /** @description The job did not end in time. */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InferProblem"];
                };
            };
        };
    };
    inferenceModelReadyVersion: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Of the model. */
                name: string;
                /** @description A version, or an alias. */
                version: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Here it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        ready: boolean;
                    };
                };
            };
            /** @description The credentials are missing or wrong. */
            401: {
                headers: {
                    /** @description How to say who you are: `Bearer`, and `Basic` where there is a password. */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InferProblem"];
                };
            };
            /** @description This client may not do that, or a browser sent it for a page of another site. */
            403: {
                headers: {
                    /** @description The scope that is needed (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing, or it is not yours. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InferProblem"];
                };
            };
            /** @description Your share, or what you may send for now, is used up: try again after `Retry-After` seconds. */
            429: {
                headers: {
                    /** @description What is left of it. */
                    RateLimit?: string;
                    /** @description What you may send, on requests that bring images. */
                    "RateLimit-Policy"?: string;
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not now: try again after `Retry-After` seconds. */
            503: {
                headers: {
                    /** @description Seconds after which to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        ready: boolean;
                    };
                };
            };
        };
    };
}
